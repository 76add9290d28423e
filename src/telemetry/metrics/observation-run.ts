// Somebody's callback in, whether it answered in time out. One that never answers must cost its own metrics only, and
// those who wait for the others once, not at every collection.
import { diag } from '@opentelemetry/api'

/** Milliseconds that a callback may take; those of one collection run beside each other. */
const DEADLINE_MS = 1_000

/**
 * Makes the runner of one callback. It resolves true if the callback ended well within the deadline, false if it threw,
 * rejected, or did not answer; while an earlier run has not ended, the callback is not asked again. Never rejects.
 */
export function createObservationRun(): (callback: () => unknown) => Promise<boolean> {
  let busy = false
  let told = false
  const tell = (what: string, detail?: unknown) => {
    if (!told) diag.error(`an observable callback ${what}; its metrics keep their last values`, detail ?? '')
    told = true
  }
  return async (callback) => {
    if (busy) return false
    let answer: unknown
    try {
      answer = callback()
    } catch (error) {
      tell('failed', error)
      return false
    }
    busy = true
    const work = Promise.resolve(answer)
      .then(
        () => {
          told = false
          return true
        },
        (error: unknown) => {
          tell('failed', error)
          return false
        },
      )
      .finally(() => {
        busy = false
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        tell(`did not answer within ${DEADLINE_MS} ms`)
        resolve(false)
      }, DEADLINE_MS)
      // Else it would count as what keeps the process alive (v8js.resource.active), and would.
      timer.unref()
    })
    const finished = await Promise.race([work, late])
    clearTimeout(timer)
    return finished
  }
}
