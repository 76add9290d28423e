// One of OTel's exporters in, the same with a deadline that holds out. OTel's HTTP exporter has an idle time-out only: an
// endpoint that drips its answer keeps an export, and in the end the whole queue, for ever.
import type { ExportResult } from '@opentelemetry/core'
import { ExportResultCode } from '@opentelemetry/core'

export interface ExportHooks {
  /** Called once for each export that the endpoint took. */
  readonly onSuccess: () => void
  /** Called once for each export that failed, was refused, or passed its deadline. */
  readonly onFailure: (error: Error | undefined) => void
  /** Cuts the connections of the exporter: called when a deadline has passed. */
  readonly cut: () => void
}

interface Exporter<T> {
  export(batch: T, done: (result: ExportResult) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

/** Milliseconds that a shutdown or flush of the exporter may take. */
const CLOSE_MS = 2_000

/**
 * The exporter with each `export` ended after `deadlineMs`, come what may, and `shutdown` and `forceFlush` bounded. Its
 * other methods are its own.
 */
export function withDeadline<T, E extends Exporter<T>>(exporter: E, deadlineMs: number, hooks: ExportHooks): E {
  const bounded: Exporter<T> = {
    export(batch, done) {
      let ended = false
      const end = (result: ExportResult) => {
        if (ended) return
        ended = true
        clearTimeout(timer)
        if (result.code === ExportResultCode.SUCCESS) hooks.onSuccess()
        else hooks.onFailure(result.error)
        done(result)
      }
      const timer = setTimeout(() => {
        hooks.cut()
        end({ code: ExportResultCode.FAILED, error: new Error(`no answer within ${deadlineMs} ms`) })
      }, deadlineMs)
      try {
        exporter.export(batch, end)
      } catch (error) {
        end({ code: ExportResultCode.FAILED, error: error as Error })
      }
    },
    shutdown: () => within(CLOSE_MS, exporter.shutdown()).finally(hooks.cut),
    forceFlush: () => within(CLOSE_MS, exporter.forceFlush?.() ?? Promise.resolve()),
  }
  return new Proxy(exporter, {
    get: (target, name) => {
      const own = bounded[name as keyof Exporter<T>] ?? Reflect.get(target, name, target)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

/** Resolves when `work` settles, or after `ms`: whoever shuts down has waited long enough. Never rejects. */
export function within(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    work
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        clearTimeout(timer)
        resolve()
      })
  })
}
