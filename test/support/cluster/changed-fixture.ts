// Diagnoses the first object of a fixture after a change, for tests of both sides of a rule's line.
import { diagnose } from '../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Finding } from '../../../src/server/kubernetes/diagnosis/finding.ts'
import type { ApiObject } from './issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from './issue-fixtures.ts'

/** So many minutes before the fixtures were taken. */
export const ago = (minutes: number) => new Date(FIXTURE_NOW - minutes * 60_000).toISOString()

export interface Said {
  readonly reason: string
  readonly message?: string
  readonly minutes: number
  readonly first?: number
  readonly count?: number
}

export type Fields = Readonly<Record<string, unknown>>
interface Change {
  readonly metadata?: Fields
  readonly spec?: Fields
  readonly status?: Fields
  readonly events?: readonly Said[]
  readonly log?: string
}

/** Findings for the first object of a fixture, with changed members and these events in place of its own. */
export function findings(name: string, { metadata, spec, status, events = [], log }: Change): readonly Finding[] {
  const [first] = issueFixture(name).objects as [ApiObject]
  const object = {
    ...first,
    metadata: { ...first.metadata, ...metadata },
    spec: { ...(first['spec'] as Fields), ...spec },
    status: { ...(first['status'] as Fields), ...status },
  }
  const said = events.map(({ reason, message = reason, minutes, first: began = minutes, count = 1 }, index) => ({
    kind: 'Event',
    metadata: { name: `event.${index}`, namespace: object.metadata.namespace },
    involvedObject: { kind: first.kind, ...object.metadata },
    reason,
    message,
    count,
    firstTimestamp: ago(began),
    lastTimestamp: ago(minutes),
  }))
  const snapshot = snapshotOf([object, ...said] as unknown as ApiObject[])
  const { namespace = '', name: pod } = object.metadata
  const logs = log === undefined ? [] : [{ namespace, pod, container: 'web', text: log }]
  return diagnose({ ...snapshot, logs }, FIXTURE_NOW).findings
}

export const issues = (name: string, change: Change) => findings(name, change).map(({ issue }) => issue)
