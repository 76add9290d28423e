// Calls in, at most so many of them running at once: the others wait in line, and how many and how long is measured.

import { ToolError } from '../outcome/tool-error.ts'
import { instruments } from './instruments.ts'

export interface ConcurrencyOptions {
  /** Calls that run at once. */
  readonly limit: number
  /** Calls that may wait; one more is refused. @default 10 times `limit` */
  readonly maxQueue?: number
}

export interface ConcurrencyLimit {
  /**
   * Runs `fn` when it is its turn. Rejects with `ToolError('unavailable')` when the line is full, and with the signal's
   * reason when it aborts before its turn; else settles as `fn` does.
   */
  run<T>(toolName: string, fn: () => T | Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>
  readonly active: number
  readonly waiting: number
}

/**
 * A limit on calls that run at once, first come, first served. Records `mcp_queue_depth` and `mcp_queue_wait_seconds` by
 * tool; a call that need not wait is a wait of 0. The name that `run` is given has to be of one of the program's own tools,
 * never what a client sent: names are limited for the life of the process.
 *
 * @throws RangeError if `limit` is no whole number above 0, or `maxQueue` none from 0 up.
 * @example
 * const limit = limitConcurrency({ limit: 8 })
 * await limit.run('render', () => render(page))
 */
export function limitConcurrency({ limit, maxQueue = limit * 10 }: ConcurrencyOptions): ConcurrencyLimit {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a whole number above 0, not ${limit}`)
  if (!Number.isSafeInteger(maxQueue) || maxQueue < 0)
    throw new RangeError(`maxQueue must be a whole number, not ${maxQueue}`)
  const line = new Set<() => void>()
  let active = 0

  const turn = (toolName: string, signal: AbortSignal | undefined): Promise<void> => {
    const labels = { 'tool.name': toolName }
    const startedAt = performance.now()
    instruments.queueDepth.record(1, labels)
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.delete(enter)
        signal?.removeEventListener('abort', abort)
        instruments.queueDepth.record(-1, labels)
        instruments.queueWait.record((performance.now() - startedAt) / 1000, labels)
      }
      const enter = () => {
        leave()
        active += 1
        resolve()
      }
      const abort = () => {
        leave()
        reject(signal?.reason)
      }
      line.add(enter)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  return {
    get active() {
      return active
    },
    get waiting() {
      return line.size
    },
    async run(toolName, fn, { signal } = {}) {
      signal?.throwIfAborted()
      if (active < limit) {
        active += 1
        instruments.queueWait.record(0, { 'tool.name': toolName })
      } else if (line.size >= maxQueue) {
        throw new ToolError(
          'unavailable',
          `The server is busy: ${active} calls run and ${line.size} wait. Try again later.`,
        )
      } else {
        await turn(toolName, signal)
      }
      try {
        // Its turn came and went: between the two another piece of code may have run.
        signal?.throwIfAborted()
        return await fn()
      } finally {
        active -= 1
        const [next] = line
        next?.()
      }
    },
  }
}
