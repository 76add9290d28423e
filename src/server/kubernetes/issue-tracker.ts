// Counts an issue when it first appears, not at each diagnosis that finds it.
import type { IssueSeverity } from 'mcp-vitals'
import { recordIssueDetected } from 'mcp-vitals'
import type { Diagnosis } from './diagnosis/diagnose.ts'
import type { Finding, IssueId } from './diagnosis/finding.ts'

interface IssueTrackerOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How many issues are stored; further new ones are neither stored nor counted, so that none counts twice. */
  readonly limit?: number
  /** Forgets an issue after this time without a diagnosis, because its object may have been deleted. */
  readonly forgetAfterMs?: number
}

interface Look {
  /** The namespace that was diagnosed as a whole, so missing objects no longer exist. */
  readonly wholeNamespace?: string
}

export interface IssueTracker {
  /** Stores the findings of a diagnosis, counts the new ones and returns them. */
  look(diagnosis: Diagnosis, look?: Look): readonly Finding[]
}

interface Known {
  readonly uid: string
  readonly namespace: string
  readonly issue: IssueId
  severity: IssueSeverity
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
    if (known.size >= limit) return false
    known.set(key, { uid: object.uid, namespace: object.namespace, issue, severity, state, lookedAt: at, look: looks })
    return true
  }

  const forget = ({ looked, unjudged, unread }: Diagnosis, { wholeNamespace }: Look, at: number): void => {
    // Objects that could not be read now may still exist. Kinds without read permission never had findings.
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
  }
}
