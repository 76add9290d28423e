import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType, InstrumentType } from '@opentelemetry/sdk-metrics'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { sendExemplars } from '../../../../src/telemetry/push/with-exemplars.ts'

const exemplar = (value: number, digit: string) => ({
  traceId: digit.repeat(32),
  spanId: digit.repeat(16),
  value,
  unixSeconds: 1_764_400_000.123,
})

const descriptor = (name: string) => ({
  name,
  description: 'x'.repeat(300),
  unit: 's',
  type: InstrumentType.HISTOGRAM,
  valueType: 1,
  advice: {},
})
const times = { startTime: [1, 0], endTime: [2, 0] }
const histogram = { sum: 3, count: 3, min: 0, max: 2, buckets: { boundaries: [0.1, 1], counts: [1, 1, 1] } }

/** A gauge without exemplars, then a histogram whose second point has some, then a counter. */
const METRICS = {
  resource: resourceFromAttributes({ 'service.name': 'x' }),
  scopeMetrics: [
    { scope: { name: 'empty' }, metrics: [] },
    {
      scope: { name: 'mcp-vitals' },
      metrics: [
        {
          descriptor: descriptor('g'),
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPointType: DataPointType.GAUGE,
          dataPoints: [{ ...times, attributes: { a: 'b' }, value: 1 }],
        },
        {
          descriptor: descriptor('h'),
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: [
            { ...times, attributes: { tool: 'quiet' }, value: histogram },
            {
              ...times,
              attributes: { tool: 'traced' },
              value: histogram,
              exemplars: [exemplar(2, 'c'), undefined, exemplar(0.05, 'a'), exemplar(0.5, 'b')],
            },
          ],
        },
        {
          descriptor: descriptor('c'),
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: [{ ...times, attributes: {}, value: 7, exemplars: [exemplar(1, 'd')] }],
        },
      ],
    },
  ],
} as unknown as ResourceMetrics

interface Inside {
  readonly _delegate: { readonly _serializer: { serializeRequest(metrics: ResourceMetrics): Uint8Array } }
}
const write = (exporter: object, metrics: ResourceMetrics) =>
  (exporter as Inside)._delegate._serializer.serializeRequest(metrics)

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { repeated ScopeMetrics scope_metrics = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; string description = 2; Data gauge = 5; Data sum = 7; Histogram histogram = 9; }
  message Data { repeated Point data_points = 1; }
  message Point { repeated Exemplar exemplars = 5; sfixed64 as_int = 6; double as_double = 4; }
  message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
  message HistogramPoint { fixed64 count = 4; repeated Exemplar exemplars = 8; repeated double explicit_bounds = 7; }
  message Exemplar { fixed64 time_unix_nano = 2; double as_double = 3; bytes span_id = 4; bytes trace_id = 5; }
`)

/** Name of the metric → exemplars of each point, as value and trace. */
function decode(bytes: Uint8Array): Record<string, [number, string][][]> {
  const isJson = bytes[0] === 0x7b
  const request = isJson
    ? JSON.parse(Buffer.from(bytes).toString())
    : root.lookupType('Request').toObject(root.lookupType('Request').decode(bytes), { bytes: String, longs: String })
  const metrics = request.resourceMetrics[0].scopeMetrics.flatMap(
    (scope: { metrics?: unknown[] }) => scope.metrics ?? [],
  )
  const hex = (id: string) => (isJson ? id : Buffer.from(id, 'base64').toString('hex'))
  return Object.fromEntries(
    metrics.map((metric: Record<string, { dataPoints: { exemplars?: Record<string, never>[] }[] }>) => [
      metric['name'],
      (metric['histogram'] ?? metric['sum'] ?? metric['gauge'])?.dataPoints.map(({ exemplars = [] }) =>
        exemplars.map((each) => {
          expect(String(each['timeUnixNano'])).toBe('1764400000123000000')
          expect(hex(each['spanId'] ?? '')).toBe(hex(each['traceId'] ?? '').slice(0, 16))
          return [each['asDouble'], hex(each['traceId'] ?? '')]
        }),
      ),
    ]),
  )
}

describe('sendExemplars', () => {
  it.each([
    ['http/protobuf', ProtobufExporter],
    ['http/json', JsonExporter],
    ['grpc', GrpcExporter],
  ])('adds the exemplars of each point, sorted by value, over %s', async (_, Exporter) => {
    const exporter = new Exporter()
    expect(sendExemplars(exporter)).toBe(true)

    expect(decode(write(exporter, METRICS))).toEqual({
      g: [[]],
      h: [
        [],
        [
          [0.05, 'a'.repeat(32)],
          [0.5, 'b'.repeat(32)],
          [2, 'c'.repeat(32)],
        ],
      ],
      c: [[[1, 'd'.repeat(32)]]],
    })
    await exporter.shutdown()
  })

  it('changes no byte of metrics without exemplars', async () => {
    const [plain, own] = [new ProtobufExporter(), new ProtobufExporter()]
    sendExemplars(own)
    const without = JSON.parse(JSON.stringify(METRICS)) as ResourceMetrics
    Object.assign(without, { resource: METRICS.resource })
    for (const { metrics } of without.scopeMetrics)
      for (const { dataPoints } of metrics)
        for (const point of dataPoints) delete (point as { exemplars?: unknown }).exemplars

    expect(Buffer.from(write(own, without))).toEqual(Buffer.from(write(plain, without)))
  })

  it('leaves an exporter alone that keeps its serializer elsewhere', () => {
    expect(sendExemplars({})).toBe(false)
    expect(sendExemplars({ _delegate: {} })).toBe(false)
  })
})
