// Feeds the page from this process: metrics once a second, calls and spans, and only while somebody looks.
import { openCalls, recentCallsSince } from '@mcp-vitals/instrumentation/wire'
import type { MetricReader } from '@opentelemetry/sdk-metrics'
import type { PageModel } from '../model/page-model.ts'
import { sdkReadings } from './sdk-readings.ts'
import { watchSignals } from './watch-signals.ts'

export interface Feed {
  /** Tells how many browsers look. */
  watchers(count: number): void
  /** Resolves once there is something to show. */
  ready(): Promise<void>
  stop(): void
}

interface FeedOptions {
  readonly reader: Pick<MetricReader, 'collect'>
  readonly model: PageModel
  readonly onStep: (server: string, json: string) => void
}

const STEP_MS = 1_000
/** A page that is loaded again finds its history. */
const LINGER_MS = 60_000
const COLLECT_MS = 5_000
const MOST_OPEN = 100
const SERVER = 'this process'

export function createFeed({ reader, model, onStep }: FeedOptions): Feed {
  let timer: NodeJS.Timeout | undefined
  let linger: NodeJS.Timeout | undefined
  let first: Promise<void> | undefined
  let stopWatching: (() => void) | undefined
  let written = 0
  let isCollecting = false

  const step = async () => {
    if (isCollecting) return
    isCollecting = true
    try {
      // Before the totals are read: what ends meanwhile comes with the next step, and is not counted twice.
      const recent = recentCallsSince(written)
      const { resourceMetrics } = await reader.collect({ timeoutMillis: COLLECT_MS })
      const server = model.server(SERVER, Date.now())
      if (first === undefined || server === undefined) return
      server.describe(resourceMetrics.resource.attributes)
      const isFirst = server.lastAt === 0
      written = recent.written
      const now = Date.now()
      const open = openCalls(MOST_OPEN)
      onStep(SERVER, server.take(now, sdkReadings(resourceMetrics), isFirst ? [] : recent.calls, open))
      if (isFirst) server.recall(recent.calls, now)
    } catch {
      // The next one is a second away, and the page says that it waits.
    } finally {
      isCollecting = false
    }
  }
  const start = (): Promise<void> => {
    const server = model.server(SERVER, Date.now())
    if (server !== undefined) stopWatching = watchSignals(server.traces)
    timer = setInterval(() => void step(), STEP_MS).unref()
    return step()
  }
  const stop = () => {
    clearInterval(timer)
    clearTimeout(linger)
    stopWatching?.()
    first = undefined
    written = 0
    model.clear()
  }
  return {
    ready() {
      clearTimeout(linger)
      if (first === undefined) {
        // Assigned before the first step looks at it.
        first = Promise.resolve().then(start)
      }
      linger = setTimeout(stop, LINGER_MS).unref()
      return first
    },
    watchers(count) {
      clearTimeout(linger)
      if (count === 0 && first !== undefined) linger = setTimeout(stop, LINGER_MS).unref()
    },
    stop,
  }
}
