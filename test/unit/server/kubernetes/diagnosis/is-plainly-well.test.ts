import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { isPlainlyWell } from '../../../../../src/server/kubernetes/diagnosis/is-plainly-well.ts'
import { ISSUE_RULES } from '../../../../../src/server/kubernetes/diagnosis/issue-rules.ts'
import { viewPod } from '../../../../../src/server/kubernetes/diagnosis/pod-view.ts'
import type { Kinds } from '../../../../../src/server/kubernetes/diagnosis/snapshot.ts'
import { FIXTURE_NOW, issueFixtures, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const NOW = '2026-11-20T11:00:00Z'
const status = (of: object = {}) => ({
  name: 'web',
  ready: true,
  restartCount: 0,
  state: { running: { startedAt: NOW } },
  ...of,
})
const view = (more: object = {}, metadata: object = {}) =>
  viewPod(
    { metadata, status: { phase: 'Running', containerStatuses: [status()], ...more } } as unknown as Kinds['Pod'],
    [],
  )

describe('isPlainlyWell', () => {
  it('holds for a pod that runs its first containers, after init containers and next to sidecars', () => {
    expect(isPlainlyWell(view())).toBe(true)
    const done = status({ ready: true, state: { terminated: { exitCode: 0 } } })
    expect(isPlainlyWell(view({ initContainerStatuses: [done, status()] }))).toBe(true)
  })

  it.each([
    ['another phase', view({ phase: 'Pending' })],
    ['a reason', view({ reason: 'Evicted' })],
    ['a deletion', view({}, { deletionTimestamp: NOW })],
    ['no status of a container', view({ containerStatuses: [] })],
    ['a disruption', view({ conditions: [{ type: 'DisruptionTarget', status: 'True' }] })],
    ['a container that is not ready', view({ containerStatuses: [status(), status({ ready: false })] })],
    ['a container that has not started', view({ containerStatuses: [status({ started: false })] })],
    ['a restart', view({ containerStatuses: [status({ restartCount: 1 })] })],
    ['an earlier end', view({ containerStatuses: [status({ lastState: { terminated: { exitCode: 0 } } })] })],
    ['a container that waits', view({ containerStatuses: [status({ state: { waiting: { reason: 'X' } } })] })],
    [
      'an init container that failed',
      view({ initContainerStatuses: [status({ state: { terminated: { exitCode: 1 } } })] }),
    ],
    ['values of other types', view({ containerStatuses: [{ ready: 'true' }, null] })],
  ])('does not hold with %s', (_, pod) => {
    expect(isPlainlyWell(pod)).toBe(false)
  })

  it('hides no finding of any fixture: each of a pod that is plainly well has a rule for such pods', () => {
    const rules = new Map(ISSUE_RULES.map((rule) => [rule.id, rule]))
    const ofWell = issueFixtures().flatMap(({ objects }) => {
      const snapshot = snapshotOf(objects)
      const events = new Set(
        objects.flatMap((one) => (one as { involvedObject?: { uid?: string } }).involvedObject?.uid ?? []),
      )
      return diagnose(snapshot, FIXTURE_NOW).findings.filter(({ object }) => {
        const raw = snapshot.objects.Pod?.find(({ metadata }) => metadata?.uid === object.uid)
        return raw !== undefined && !events.has(object.uid) && isPlainlyWell(viewPod(raw, []))
      })
    })

    expect(new Set(ofWell.map(({ issue }) => issue)).size).toBeGreaterThanOrEqual(3)
    expect(ofWell.filter(({ issue }) => rules.get(issue)?.whileWell !== true)).toEqual([])
  })
})
