// Reads the requests of OTLP as what the page knows: readings of metrics, spans, log lines. Nothing in them is trusted.
import { METRICS } from '@mcp-vitals/instrumentation'
import { FIGURE_OF } from '../model/figures.ts'
import type { Reading } from '../model/reading.ts'
import { numberReading } from '../model/reading.ts'
import type { PageLog, PageSpan } from '../model/trace-list.ts'

const MAX_TEXT = 300
const MAX_ATTRIBUTES = 24

type Json = Readonly<Record<string, unknown>>

/** What one resource of a request says. */
export interface ResourcePart {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly parts: readonly Json[]
}

/** @param resources `resourceMetrics`, `resourceSpans` or `resourceLogs`. @param scopes The scopes in them. @param items What is in those. */
export function resourceParts(request: unknown, resources: string, scopes: string, items: string): ResourcePart[] {
  return list(record(request)[resources]).map((resource) => ({
    attributes: attributesOf(record(resource['resource'])['attributes']),
    parts: list(resource[scopes]).flatMap((scope) => list(scope[items])),
  }))
}

/** The readings of metrics that the page shows. */
export function otlpReadings(metrics: readonly Json[]): Reading[] {
  return metrics.flatMap((metric) => {
    const name = text(metric['name'])
    if (!FIGURE_OF.has(name) && name !== METRICS.serverOperationDuration.name) return []
    const { gauge, sum, histogram } = metric as Record<string, unknown>
    const data = record(gauge ?? sum ?? histogram)
    const isDelta = isDeltaTemporality(data['aggregationTemporality'])
    return list(data['dataPoints']).map((point): Reading => {
      const attributes = attributesOf(point['attributes'])
      if (histogram === undefined) {
        const kind = sum !== undefined && data['isMonotonic'] === true ? 'sum' : 'gauge'
        return numberReading(name, kind, number(point['asInt'] ?? point['asDouble']), attributes, isDelta)
      }
      return {
        metric: name,
        attributes,
        kind: 'histogram',
        value: number(point['count']),
        sum: number(point['sum']),
        bounds: numbers(point['explicitBounds']),
        buckets: numbers(point['bucketCounts']),
        isDelta,
      }
    })
  })
}

export function otlpSpan(span: Json): PageSpan {
  const at = milliseconds(span['startTimeUnixNano'])
  return {
    traceId: id(span['traceId']),
    spanId: id(span['spanId']),
    parentId: id(span['parentSpanId']),
    name: text(span['name']),
    kind: kindOf(span['kind']),
    at,
    ms: Math.max(0, milliseconds(span['endTimeUnixNano']) - at),
    failed: [2, 'STATUS_CODE_ERROR'].includes(record(span['status'])['code'] as string),
    attributes: attributesOf(span['attributes']),
  }
}

export function otlpLog(log: Json): PageLog {
  return {
    traceId: id(log['traceId']),
    spanId: id(log['spanId']),
    at: milliseconds(log['timeUnixNano']),
    severity: text(log['severityText']).slice(0, 20),
    text: text(anyValue(record(log['body']))),
  }
}

function attributesOf(pairs: unknown): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = {}
  for (const pair of list(pairs).slice(0, MAX_ATTRIBUTES)) {
    const value = anyValue(record(pair['value']))
    attributes[text(pair['key'])] = typeof value === 'number' || typeof value === 'boolean' ? value : text(value)
  }
  return attributes
}

/** JSON has whole numbers as text. */
function anyValue({ stringValue, boolValue, intValue, doubleValue }: Json): unknown {
  return stringValue ?? boolValue ?? (intValue === undefined ? doubleValue : number(intValue))
}

function isDeltaTemporality(value: unknown): boolean {
  return value === 1 || value === 'AGGREGATION_TEMPORALITY_DELTA'
}

function kindOf(kind: unknown): string {
  if (kind === 2 || kind === 'SPAN_KIND_SERVER') return 'server'
  return kind === 3 || kind === 'SPAN_KIND_CLIENT' ? 'client' : 'internal'
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(record) : []
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value).slice(0, MAX_TEXT)
}

function id(value: unknown): string {
  const given = text(value).toLowerCase()
  return /^[0-9a-f]{1,32}$/.test(given) ? given : ''
}

function number(value: unknown): number {
  const found = Number(value ?? 0)
  return Number.isFinite(found) ? found : 0
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.slice(0, 200).map(number) : []
}

function milliseconds(nanos: unknown): number {
  return number(nanos) / 1e6
}
