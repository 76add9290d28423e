import { beforeEach, describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { diagnose } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Finding, IssueId } from '../../../../src/server/kubernetes/diagnosis/finding.ts'
import { createIssueTracker } from '../../../../src/server/kubernetes/issue-tracker.ts'
import { FIXTURE_NOW, issueFixtures, snapshotOf } from '../../../support/cluster/issue-fixtures.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})
const detected = () => recorded.nonZero('mcp_issues_detected_total')

const finding = (uid: string, issue: IssueId = 'crash_loop', more: Partial<Finding> = {}): Finding => ({
  issue,
  title: '',
  severity: 'critical',
  state: 'current',
  object: { kind: 'Pod', namespace: 'shop', name: uid, uid },
  evidence: [],
  cause: '',
  next: { text: '' },
  ...more,
})

const look = (looked: readonly string[], findings: readonly Finding[], more: Partial<Diagnosis> = {}): Diagnosis => ({
  findings,
  pods: [],
  looked: new Set(looked),
  unjudged: new Set(),
  unread: [],
  ...more,
})

const CRASHES = 'mcp_issues_detected_total{issue_type="crash_loop",namespace="shop",severity="critical"}'

describe('IssueTracker', () => {
  it('reports nothing new when it sees the same issues again', async () => {
    const tracker = createIssueTracker()
    for (const { objects } of issueFixtures()) tracker.look(diagnose(snapshotOf(objects), FIXTURE_NOW))
    const once = await detected()
    expect(Object.keys(once).length).toBeGreaterThan(90)

    const news = issueFixtures().flatMap(({ objects }) => {
      const diagnosis = diagnose(snapshotOf(objects), FIXTURE_NOW)
      tracker.look(diagnosis)
      return tracker.look(diagnosis)
    })

    expect(news).toEqual([])
  })

  it('counts an issue again when it goes and comes back', async () => {
    const tracker = createIssueTracker()
    tracker.look(look(['a'], [finding('a')]))
    tracker.look(look(['a'], []))
    tracker.look(look(['a'], [finding('a')]))

    expect(await detected()).toEqual({ [CRASHES]: 2 })
  })

  it('does not count an issue that recovers, and counts it when it is current again', async () => {
    const tracker = createIssueTracker()
    const recovered = finding('a', 'crash_loop', { state: 'recovered' })
    tracker.look(look(['a'], [finding('a')]))
    tracker.look(look(['a'], [recovered]))
    expect(await detected()).toEqual({ [CRASHES]: 1 })

    tracker.look(look(['a'], [finding('a')]))
    expect(await detected()).toEqual({ [CRASHES]: 2 })
  })

  it('closes only the issues of the pod that it sees', async () => {
    const tracker = createIssueTracker()
    tracker.look(look(['a', 'b'], [finding('a'), finding('b')]))
    tracker.look(look(['a'], []))

    tracker.look(look(['a', 'b'], [finding('a'), finding('b')]))
    expect(await detected()).toEqual({ [CRASHES]: 3 })
  })

  it('closes issues of missing objects when it sees a whole namespace, and only in that namespace', () => {
    const tracker = createIssueTracker()
    const elsewhere = finding('c', 'crash_loop', { object: { kind: 'Pod', namespace: 'bank', name: 'c', uid: 'c' } })
    const node = finding('n', 'node_not_ready', { object: { kind: 'Node', namespace: '', name: 'n', uid: 'n' } })
    const all = look(['a', 'b', 'c', 'n'], [finding('a'), finding('b'), elsewhere, node])
    tracker.look(all)

    tracker.look(look(['b'], [finding('b')]), { wholeNamespace: 'shop' })

    expect(tracker.look(all)).toEqual([finding('a')])
  })

  it('counts the same issue in two containers of a pod twice', async () => {
    const tracker = createIssueTracker()
    tracker.look(
      look(['a'], [finding('a', 'crash_loop', { container: 'x' }), finding('a', 'crash_loop', { container: 'y' })]),
    )

    expect(await detected()).toEqual({ [CRASHES]: 2 })
  })

  it('counts a cluster-wide issue without a namespace label', async () => {
    const node = finding('n', 'node_not_ready', { object: { kind: 'Node', namespace: '', name: 'n', uid: 'n' } })
    createIssueTracker().look(look(['n'], [node]))

    expect(await detected()).toEqual({
      'mcp_issues_detected_total{issue_type="node_not_ready",severity="critical"}': 1,
    })
  })

  it.each([
    ['unavailable', 1],
    ['timeout', 1],
    ['forbidden', 2],
  ] as const)(
    'keeps unseen issues open only if a read error is temporary (events: %s, count: %i)',
    async (reason, count) => {
      const tracker = createIssueTracker()
      tracker.look(look(['a'], [finding('a')]))
      tracker.look(look(['a'], [], { unread: [{ kind: 'Event', reason }] }))
      tracker.look(look(['a'], [finding('a')]))

      expect(await detected()).toEqual({ [CRASHES]: count })
    },
  )

  it('keeps the state of issues that a diagnosis could not judge', async () => {
    const tracker = createIssueTracker()
    tracker.look(look(['a'], [finding('a', 'near_oom')]))
    tracker.look(look(['a'], [], { unjudged: new Set(['near_oom']) }))
    tracker.look(look(['a'], [finding('a', 'near_oom')]))

    expect(Object.values(await detected())).toEqual([1])
  })

  it('neither remembers nor counts issues beyond its limit', async () => {
    const tracker = createIssueTracker({ limit: 100 })
    const uids = Array.from({ length: 150 }, (_, index) => `pod-${index}`)
    for (let times = 0; times < 3; times += 1)
      tracker.look(
        look(
          uids,
          uids.map((uid) => finding(uid)),
        ),
      )

    expect(await detected()).toEqual({ [CRASHES]: 100 })
  })

  it('forgets an issue that it has not seen for `forgetAfterMs`', () => {
    let now = 0
    const tracker = createIssueTracker({ now: () => now, forgetAfterMs: 1000 })
    tracker.look(look(['a'], [finding('a')]))
    now = 900
    tracker.look(look(['b'], []))
    expect(tracker.look(look(['a'], [finding('a')]))).toEqual([])

    now = 1901
    tracker.look(look(['b'], []))
    expect(tracker.look(look(['a'], [finding('a')]))).toEqual([finding('a')])
  })
})
