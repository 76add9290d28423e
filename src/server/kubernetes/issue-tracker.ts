// What diagnoses find in, transitions out: an issue counts when it comes up, not each time that somebody looks at it.
import { recordIssueDetected } from 'mcp-vitals'
import type { Diagnosis } from './diagnosis/diagnose.ts'
import type { Finding, Severity } from './diagnosis/finding.ts'

export interface IssueTrackerOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How many issues are remembered; what is new beyond is neither remembered nor counted, so that totals stay true. */
  readonly limit?: number
  /** An issue that nobody has looked at for so long is forgotten: its object may have been deleted unseen. */
  readonly forgetAfterMs?: number
}

export interface Look {
  /** The namespace that was looked at as a whole: what is not among its objects any more is gone. */
  readonly wholeNamespace?: string
}

export interface OpenIssues {
  /** Undefined for what belongs to the whole cluster. */
  readonly namespace: string | undefined
  readonly issue: string
  readonly severity: Severity
  readonly count: number
}

export interface IssueTracker {
  /** Takes in what a diagnosis found, counts what is new, and returns that. */
  look(diagnosis: Diagnosis, look?: Look): readonly Finding[]
  /** What is open now, by namespace, type and severity; in that order. */
  openIssues(): readonly OpenIssues[]
  /** How many issues are remembered, and how many were left out for the limit. */
  readonly size: number
  readonly leftOut: number
}

interface Known {
  readonly uid: string
  readonly namespace: string
  readonly issue: string
  severity: Severity
  state: Finding['state']
  lookedAt: number
  /** The number of the look that found it last. */
  look: number
}

const DAY = 24 * 60 * 60_000

/**
 * Keyed by object, issue type and container. An issue that goes and comes back counts again, also one that had only
 * recovered.
 *
 * @example tracker.look(diagnose(snapshot, Date.now()), { wholeNamespace: 'shop' })
 */
export function createIssueTracker({
  now = Date.now,
  limit = 50_000,
  forgetAfterMs = DAY,
}: IssueTrackerOptions = {}): IssueTracker {
  const known = new Map<string, Known>()
  let leftOut = 0
  let looks = 0

  const comesUp = (finding: Finding, at: number): boolean => {
    const { object, issue, severity, state } = finding
    const key = [object.uid || [object.kind, object.namespace, object.name].join('/'), issue, finding.container].join(
      '|',
    )
    const before = known.get(key)
    if (before !== undefined) {
      const again = before.state === 'recovered' && state === 'current'
      Object.assign(before, { severity, state, lookedAt: at, look: looks })
      return again
    }
    if (known.size >= limit) {
      leftOut += 1
      return false
    }
    known.set(key, { uid: object.uid, namespace: object.namespace, issue, severity, state, lookedAt: at, look: looks })
    return true
  }

  const forget = ({ looked, unjudged, unread }: Diagnosis, { wholeNamespace }: Look, at: number): void => {
    // What could not be read just now may still be there. What is never allowed to be read was never found by it.
    const blind = unread.some(({ reason }) => reason === 'timeout' || reason === 'unavailable')
    for (const [key, issue] of known) {
      if (issue.look === looks) continue
      const seen = looked.has(issue.uid) || (wholeNamespace !== undefined && issue.namespace === wholeNamespace)
      const gone = seen && !blind && !unjudged.has(issue.issue)
      if (gone || at - issue.lookedAt > forgetAfterMs) known.delete(key)
    }
  }

  return {
    look(diagnosis, look = {}) {
      looks += 1
      const at = now()
      const news = diagnosis.findings.filter((finding) => comesUp(finding, at))
      forget(diagnosis, look, at)
      for (const { object, issue, severity } of news) {
        recordIssueDetected(object.namespace === '' ? undefined : object.namespace, issue, severity)
      }
      return news
    },
    openIssues() {
      const counts = new Map<string, OpenIssues>()
      for (const { namespace, issue, severity, state } of known.values()) {
        if (state !== 'current') continue
        const key = [namespace, issue, severity].join(' ')
        const count = (counts.get(key)?.count ?? 0) + 1
        counts.set(key, { namespace: namespace === '' ? undefined : namespace, issue, severity, count })
      }
      return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, issues]) => issues)
    },
    get size() {
      return known.size
    },
    get leftOut() {
      return leftOut
    },
  }
}
