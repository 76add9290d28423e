// Events stay for an hour, longer than most of what they tell of: which of them still say something of an object.
import { expect, test } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Finding } from '../../../../../src/server/kubernetes/diagnosis/finding.ts'
import type { ApiObject } from '../../../../support/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from '../../../../support/issue-fixtures.ts'

const ago = (minutes: number) => new Date(FIXTURE_NOW - minutes * 60_000).toISOString()

interface Said {
  readonly reason: string
  readonly message: string
  readonly minutes: number
  readonly first?: number
  readonly container?: string
}

/** The first object of a fixture, changed, with these events in place of its own. */
function findings(name: string, change: (text: string) => string, events: readonly Said[]): readonly Finding[] {
  const [object] = issueFixture(name).objects as [ApiObject]
  const { kind, metadata } = object
  const said = events.map(({ reason, message, minutes, first = minutes, container }, index) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.${index}`, namespace: metadata.namespace },
    involvedObject: {
      kind,
      ...metadata,
      ...(container !== undefined && { fieldPath: `spec.containers{${container}}` }),
    },
    reason,
    message,
    firstTimestamp: ago(first),
    lastTimestamp: ago(minutes),
  }))
  const changed = JSON.parse(change(JSON.stringify(object))) as ApiObject
  return diagnose(snapshotOf([changed, ...(said as unknown as ApiObject[])]), FIXTURE_NOW).findings
}

const issues = (...given: Parameters<typeof findings>) => findings(...given).map(({ issue }) => issue)
const asItIs = (text: string) => text

const NO_CONFIG_MAP = {
  reason: 'FailedMount',
  message: 'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found',
}

test('a ConfigMap that came after its pod is not why that crashes now', () => {
  expect(issues('crash_loop', asItIs, [{ ...NO_CONFIG_MAP, minutes: 40 }])).toEqual(['crash_loop'])
  expect(issues('container_exit_error', asItIs, [{ ...NO_CONFIG_MAP, minutes: 40 }])).toEqual(['container_exit_error'])
})
