// Writes the results of test traffic: rates of the last seconds while it runs, totals at the end.

const ENDINGS = ['success', 'error', 'cancelled', 'failed'] as const
/** From the client's view: `error` is an error answer, `failed` means no answer. */
export type CallEnding = (typeof ENDINGS)[number]

export interface TrafficReport {
  started(): void
  ended(ending: CallEnding, seconds: number): void
  readonly underWay: number
  /** Rates over the last 5 seconds at most. */
  line(): string
  summary(): string
}

const WINDOW_MS = 5_000
/** Enough samples for the quantiles on the screen. */
const KEPT = 1_000

/** @param now milliseconds of a clock that never goes back. */
export function createTrafficReport(now: () => number = () => performance.now()): TrafficReport {
  const startedAt = now()
  const totals: Record<CallEnding, number> = { success: 0, error: 0, cancelled: 0, failed: 0 }
  const recent: { ending: CallEnding; at: number }[] = []
  const seconds: number[] = []
  let underWay = 0

  const elapsed = () => (now() - startedAt) / 1000
  const all = () => ENDINGS.reduce((sum, ending) => sum + totals[ending], 0)
  const quantiles = () => {
    if (seconds.length === 0) return ''
    const sorted = seconds.toSorted((a, b) => a - b)
    const at = (q: number) => milliseconds(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0)
    return ` · p50 ${at(0.5)} p95 ${at(0.95)}`
  }
  return {
    get underWay() {
      return underWay
    },
    started() {
      underWay += 1
    },
    ended(ending, took) {
      underWay -= 1
      totals[ending] += 1
      recent.push({ ending, at: now() })
      // A cancelled call took as long as its client let it.
      if (ending === 'success' || ending === 'error') seconds.push(took)
      if (seconds.length > KEPT) seconds.shift()
    },
    line() {
      const since = now() - WINDOW_MS
      while (recent[0] !== undefined && recent[0].at < since) recent.shift()
      const window = Math.max(0.001, Math.min(elapsed(), WINDOW_MS / 1000))
      const rate = (of: typeof recent) => (of.length / window).toFixed(1)
      const parts = ENDINGS.map((ending) => `${ending} ${rate(recent.filter((call) => call.ending === ending))}/s`)
      return `${elapsed().toFixed(0)} s · ${rate(recent)} calls/s · ${parts.join(' · ')} · in progress ${underWay}${quantiles()}`
    },
    summary() {
      const parts = ENDINGS.map((ending) => `${totals[ending]} ${ending}`)
      const rate = (all() / Math.max(0.001, elapsed())).toFixed(1)
      return `${all()} calls in ${elapsed().toFixed(1)} s (${rate}/s): ${parts.join(', ')}${quantiles()}`
    },
  }
}

function milliseconds(took: number): string {
  return took < 1 ? `${(took * 1000).toFixed(1)} ms` : `${took.toFixed(2)} s`
}
