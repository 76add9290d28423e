// Bytes of an OTLP request in, plain objects out, the same for protobuf and JSON: ids in hex, attributes as a record,
// numbers as numbers. The field numbers are those of OTLP 1.x; what no test looks at is left out.
import protobuf from 'protobufjs'

const DEFINITIONS = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Scope { string name = 1; string version = 2; }
message Resource { repeated KeyValue attributes = 1; }
message MetricsRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message Metric { string name = 1; string description = 2; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; } }
message Gauge { repeated NumberPoint data_points = 1; }
message Sum { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message NumberPoint { double as_double = 4; sfixed64 as_int = 6; repeated KeyValue attributes = 7; }
message HistogramPoint { fixed64 count = 4; double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated KeyValue attributes = 9; }
message TracesRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6; repeated KeyValue attributes = 9; }
message LogsRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
message LogRecord { int32 severity_number = 2; string severity_text = 3; AnyValue body = 5; repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10; }
`

const { root } = protobuf.parse(DEFINITIONS)
const TYPES = { metrics: 'MetricsRequest', traces: 'TracesRequest', logs: 'LogsRequest' } as const

export type Signal = keyof typeof TYPES
export type Attributes = Readonly<Record<string, unknown>>

export interface ReceivedPoint {
  readonly attributes: Attributes
  /** Of a counter or gauge. */
  readonly value: number
  /** Of a histogram. */
  readonly count: number
  readonly bounds: readonly number[]
}

export interface ReceivedMetric {
  readonly name: string
  readonly unit: string
  readonly description: string
  /** 2 is cumulative (OTLP, `AggregationTemporality`); undefined for a gauge. */
  readonly temporality: number | undefined
  readonly points: readonly ReceivedPoint[]
}

export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly attributes: Attributes
}

export interface ReceivedLog {
  readonly traceId: string
  readonly spanId: string
  readonly severity: number
  readonly severityText: string
  readonly body: unknown
  readonly attributes: Attributes
}

export interface Received {
  readonly resource: Attributes
  readonly metrics: readonly ReceivedMetric[]
  readonly spans: readonly ReceivedSpan[]
  readonly logs: readonly ReceivedLog[]
}

type Message = Record<string, unknown>

export function decodeProtobuf(signal: Signal, body: Uint8Array): Received {
  const type = root.lookupType(TYPES[signal])
  return received(type.toObject(type.decode(body), { longs: Number, arrays: true }))
}

export function decodeJson(body: string): Received {
  return received(JSON.parse(body) as Message)
}

function received(request: Message): Received {
  const resources = ['resourceMetrics', 'resourceSpans', 'resourceLogs'].flatMap((name) => list(request[name]))
  const scopes = ['scopeMetrics', 'scopeSpans', 'scopeLogs'].flatMap((name) =>
    resources.flatMap((resource) => list(resource[name])),
  )
  const all = (name: string) => scopes.flatMap((scope) => list(scope[name]))
  return {
    resource: attributes((resources[0]?.['resource'] as Message | undefined)?.['attributes']),
    metrics: all('metrics').map(metric),
    spans: all('spans').map((span) => ({
      ...ids(span),
      name: String(span['name']),
      parentSpanId: hex(span['parentSpanId']),
      attributes: attributes(span['attributes']),
    })),
    logs: all('logRecords').map((record) => ({
      ...ids(record),
      severity: Number(record['severityNumber']),
      severityText: String(record['severityText']),
      body: value(record['body']),
      attributes: attributes(record['attributes']),
    })),
  }
}

function metric(message: Message): ReceivedMetric {
  const data = (message['sum'] ?? message['gauge'] ?? message['histogram'] ?? {}) as Message
  const temporality = data['aggregationTemporality']
  return {
    name: String(message['name']),
    unit: String(message['unit'] ?? ''),
    description: String(message['description'] ?? ''),
    temporality: temporality === undefined ? undefined : Number(temporality),
    points: list(data['dataPoints']).map((point) => ({
      attributes: attributes(point['attributes']),
      value: Number(point['asInt'] ?? point['asDouble'] ?? Number.NaN),
      count: Number(point['count'] ?? Number.NaN),
      bounds: (point['explicitBounds'] ?? []) as number[],
    })),
  }
}

function ids(message: Message): { traceId: string; spanId: string } {
  return { traceId: hex(message['traceId']), spanId: hex(message['spanId']) }
}

/** JSON has hex (OTLP 1.x, "JSON Protobuf Encoding"), protobuf has bytes. */
function hex(id: unknown): string {
  return typeof id === 'string' ? id.toLowerCase() : Buffer.from((id ?? []) as Uint8Array).toString('hex')
}

function attributes(pairs: unknown): Attributes {
  return Object.fromEntries(list(pairs).map((pair) => [String(pair['key']), value(pair['value'])]))
}

function value(any: unknown): unknown {
  const [kind, found] = Object.entries((any ?? {}) as Message)[0] ?? []
  if (kind === 'intValue') return Number(found)
  if (kind === 'arrayValue') return list((found as Message)['values']).map(value)
  return found
}

function list(field: unknown): Message[] {
  return (field ?? []) as Message[]
}
