// One of OTel's exporters in, the same with a deadline that holds out. OTel's HTTP exporter has an idle time-out only: an
// endpoint that drips its answer keeps an export, and in the end the whole queue, for ever.
import type { ExportResult } from '@opentelemetry/core'
import { ExportResultCode } from '@opentelemetry/core'
import type { ExportAgent } from './export-agent.ts'
import { OtlpExportError, reasonOf } from './export-error.ts'

interface DeadlineOptions {
  /** Milliseconds for one export, retries and all. */
  readonly deadlineMs: number
  readonly agent: Pick<ExportAgent, 'watch' | 'close'>
  /** Called once for each export that the endpoint took. */
  readonly onSuccess: () => void
  /** Called once for each export that failed, was refused, or passed its deadline. `target` is where it went, if known. */
  readonly onFailure: (error: OtlpExportError, target: string | undefined) => void
  /** Called for an export that is under way for longer than anybody should wait to hear of it, with what is known by then. */
  readonly onSlow?: (reason: string, target: string | undefined) => void
}

interface UnderWay {
  readonly requests: ReturnType<ExportAgent['watch']>
  giveUp(why: string): void
}

interface Exporter<T> {
  export(batch: T, done: (result: ExportResult) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

/** What an exporter with a deadline tells of its endpoint. */
export interface Answering {
  /** The endpoint took the last export that ended, and nothing has gone wrong with one that is under way. */
  isAnswering(): boolean
}

/** How long the last export may take, in milliseconds. */
export interface Patience {
  /** Where the endpoint answers. */
  readonly answeringMs: number
  /** Where it refuses, is silent, or was never heard. */
  readonly otherwiseMs: number
}

const FLUSH_MS = 2_000
/** The default deadline is 10 s: who waits for the first word does not wait for all of it. */
const SLOW_MS = 5_000
/** For what is under way at a shutdown: whoever shuts down has flushed before, and waited. */
const CLOSE_MS = 100
/** Between two looks at whether an endpoint still answers. */
const LOOK_MS = 100

/**
 * The exporter with each `export` ended after `deadlineMs`, come what may, `forceFlush` within 2 s and `shutdown` within
 * about a tenth of a second. Its other methods are its own.
 */
export function withDeadline<T, E extends Exporter<T>>(exporter: E, options: DeadlineOptions): E & Answering {
  const { deadlineMs, agent, onSuccess, onFailure, onSlow } = options
  const underWay = new Map<Promise<void>, UnderWay>()
  let tookLast = false
  const settled = () => Promise.all(underWay.keys())

  function start(batch: T, done: (result: ExportResult) => void): void {
    const requests = agent.watch()
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = (failure?: string) => {
      // Whatever comes after the end is late: the answer of an export that was given up.
      if (!underWay.delete(promise)) return
      clearTimeout(timer)
      clearTimeout(slowTimer)
      tookLast = failure === undefined
      if (failure === undefined) {
        onSuccess()
        done({ code: ExportResultCode.SUCCESS })
      } else {
        const error = new OtlpExportError(failure)
        onFailure(error, requests.target)
        done({ code: ExportResultCode.FAILED, error })
      }
      resolve()
    }
    const giveUp = (why: string) => {
      // Between two attempts, what went wrong with the first one says more.
      const reason = requests.fault ?? why
      requests.cut()
      end(reason)
    }
    underWay.set(promise, { requests, giveUp })
    const timer = setTimeout(() => giveUp(`no complete answer within ${deadlineMs} ms`), deadlineMs)
    const slow = () => onSlow?.(requests.fault ?? `no complete answer yet, after ${SLOW_MS} ms`, requests.target)
    const slowTimer = deadlineMs > SLOW_MS ? setTimeout(slow, SLOW_MS) : undefined
    requests.run(() => {
      try {
        exporter.export(batch, ({ code, error }) =>
          end(requests.fault ?? (code === ExportResultCode.SUCCESS ? undefined : reasonOf(error))),
        )
      } catch (error) {
        end(reasonOf(error))
      }
    })
  }

  const bounded: Exporter<T> & Answering = {
    isAnswering: () => tookLast && [...underWay.values()].every(({ requests }) => requests.fault === undefined),
    export: start,
    forceFlush: () => within(FLUSH_MS, settled()),
    async shutdown() {
      await within(CLOSE_MS, settled())
      for (const { giveUp } of [...underWay.values()]) giveUp('no complete answer before the telemetry was shut down')
      agent.close()
      await within(CLOSE_MS, exporter.shutdown())
    },
  }
  return new Proxy(exporter, {
    get: (target, name) => {
      const own = Reflect.get(Object.hasOwn(bounded, name) ? bounded : target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  }) as E & Answering
}

/**
 * Waits for the last export: as long as an endpoint that answers may take, and not so long for another. A Collector that is slow
 * gets the last metrics, and one that has gone does not hold up the program. Never rejects.
 */
export async function lastExport(work: Promise<unknown>, patience: Patience, endpoint?: Answering): Promise<void> {
  const { answeringMs, otherwiseMs } = patience
  await within(otherwiseMs, work)
  for (let ms = otherwiseMs; ms < answeringMs && endpoint?.isAnswering() === true; ms += LOOK_MS)
    await within(LOOK_MS, work)
}

/** Resolves when `work` settles, or after `ms`: whoever shuts down has waited long enough. Never rejects. */
export function within(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const settle = () => {
      clearTimeout(timer)
      resolve()
    }
    work.then(settle, settle)
  })
}
