// Feeds the page from the OTLP of many servers. Each second those of which something came take a step.
import { OTHER } from '@mcp-vitals/instrumentation'
import type { PageCall } from '../model/call-list.ts'
import type { PageModel } from '../model/page-model.ts'
import type { Reading } from '../model/reading.ts'
import type { ServerModel } from '../model/server-model.ts'
import type { PageSpan } from '../model/trace-list.ts'
import type { OtlpSignal } from './otlp-messages.ts'
import { otlpLog, otlpReadings, otlpSpan, resourceParts } from './otlp-readings.ts'

export interface HubFeed {
  /** Takes a request; false if there is no room for a server in it. */
  take(signal: OtlpSignal, request: unknown): boolean
  stop(): void
}

interface FeedOptions {
  readonly model: PageModel
  readonly onStep: (server: string, json: string) => void
  readonly onServers: () => void
}

interface Waiting {
  /** The latest of each series: what comes twice in a second counts once. */
  readings: Reading[]
  calls: PageCall[]
}

const STEP_MS = 1_000
/** What waits for the next step of one server. */
const MOST_READINGS = 50_000
const MOST_CALLS = 2_000

export function createHubFeed({ model, onStep, onServers }: FeedOptions): HubFeed {
  const waiting = new Map<string, Waiting>()
  const timer = setInterval(() => {
    for (const server of model.all()) {
      const { readings = [], calls = [] } = waiting.get(server.id) ?? {}
      onStep(server.id, server.take(Date.now(), readings, calls))
    }
    waiting.clear()
  }, STEP_MS).unref()

  /** Null for a sender that never told of MCP: a trace store or a web server with OTLP is none of the page's servers. */
  const serverOf = (
    attributes: Readonly<Record<string, unknown>>,
    tellsOfMcp: () => boolean,
  ): ServerModel | undefined | null => {
    const name = String(attributes['service.name'] ?? 'unknown')
    const id = `${name} ${String(attributes['service.instance.id'] ?? '')}`.trim().slice(0, 200)
    const isNew = model.find(id) === undefined
    if (isNew && !tellsOfMcp()) return null
    const server = model.server(id, Date.now())
    server?.describe(attributes)
    if (isNew && server !== undefined) onServers()
    return server
  }
  const waitingOf = (server: ServerModel): Waiting => {
    const known = waiting.get(server.id) ?? { readings: [], calls: [] }
    waiting.set(server.id, known)
    return known
  }
  const takes: Readonly<Record<OtlpSignal, (request: unknown) => boolean>> = {
    metrics: (request) =>
      resourceParts(request, 'resourceMetrics', 'scopeMetrics', 'metrics').every(({ attributes, parts }) => {
        const server = serverOf(attributes, () => parts.some(({ name }) => String(name).startsWith('mcp.')))
        if (server === undefined || server === null) return server === null
        const readings = otlpReadings(parts)
        const own = waitingOf(server)
        // A second request within the second holds the same series again, and later.
        own.readings = readings.some(({ isDelta }) => isDelta)
          ? [...own.readings, ...readings].slice(-MOST_READINGS)
          : merged(own.readings, readings)
        return true
      }),
    traces: (request) =>
      resourceParts(request, 'resourceSpans', 'scopeSpans', 'spans').every(({ attributes, parts }) => {
        const spans = parts.map(otlpSpan)
        const server = serverOf(attributes, () => spans.some((span) => 'mcp.method.name' in span.attributes))
        if (server === undefined || server === null) return server === null
        for (const span of spans) server.traces.addSpan(span)
        const own = waitingOf(server)
        own.calls = [...own.calls, ...spans.flatMap(callOf)].slice(-MOST_CALLS)
        return true
      }),
    logs: (request) =>
      resourceParts(request, 'resourceLogs', 'scopeLogs', 'logRecords').every(({ attributes, parts }) => {
        const server = serverOf(attributes, () => false)
        if (server === undefined || server === null) return server === null
        for (const log of parts.map(otlpLog)) if (log.traceId !== '') server.traces.addLog(log)
        return true
      }),
  }
  return {
    take: (signal, request) => takes[signal](request),
    stop: () => clearInterval(timer),
  }
}

/** Metrics that came again replace what came before; others stay. */
function merged(before: readonly Reading[], after: readonly Reading[]): Reading[] {
  const names = new Set(after.map(({ metric }) => metric))
  return [...before.filter(({ metric }) => !names.has(metric)), ...after].slice(-MOST_READINGS)
}

/** The tool call that a server's span is. */
function callOf({ kind, name, at, ms, failed, traceId, attributes }: PageSpan): PageCall[] {
  const isCall = attributes['mcp.method.name'] === 'tools/call' || name.startsWith('tools/call')
  if (kind !== 'server' || !isCall) return []
  const errorType = attributes['error.type']
  return [
    {
      at,
      seconds: ms / 1_000,
      tool: String(attributes['gen_ai.tool.name'] ?? OTHER),
      status: errorType === 'cancelled' ? 'cancelled' : failed || errorType !== undefined ? 'error' : 'success',
      ...(errorType !== undefined && { errorType: String(errorType) }),
      ...(attributes['mcp.protocol.version'] !== undefined && {
        protocolVersion: String(attributes['mcp.protocol.version']),
      }),
      traceId,
    },
  ]
}
