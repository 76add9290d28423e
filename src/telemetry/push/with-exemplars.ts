// Adds exemplars to what OTel's metric serializers write: the SDK has none, and its serializers leave them out.
import type { DataPoint, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { DataPointType } from '@opentelemetry/sdk-metrics'
import type { Exemplar, PointExemplars } from '../metrics/exemplars.ts'

interface Serializer {
  serializeRequest(metrics: ResourceMetrics): Uint8Array | undefined
  deserializeResponse(data: Uint8Array): unknown
}

/** Where OTel's exporters keep their serializer; there is no public way to give them another. */
interface ExporterInside {
  readonly _delegate?: { _serializer?: Serializer }
}

/** Has a metric exporter send exemplars, in the format that it writes. Returns whether it can. */
export function sendExemplars(exporter: object): boolean {
  const delegate = (exporter as ExporterInside)._delegate
  const serializer = delegate?._serializer
  if (delegate === undefined || typeof serializer?.serializeRequest !== 'function') return false
  delegate._serializer = {
    serializeRequest(metrics) {
      const bytes = serializer.serializeRequest(metrics)
      if (bytes === undefined || !hasExemplars(metrics)) return bytes
      return bytes[0] === OPEN_BRACE ? toJson(bytes, metrics) : toProtobuf(bytes, metrics)
    },
    deserializeResponse: (data) => serializer.deserializeResponse(data),
  }
  return true
}

const OPEN_BRACE = 0x7b

type Point = DataPoint<unknown> & PointExemplars

const pointsOf = (metric: MetricData) => metric.dataPoints as readonly Point[]

function hasExemplars({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) =>
    metrics.some((metric) => pointsOf(metric).some(({ exemplars }) => exemplars !== undefined)),
  )
}

/** By value: Prometheus walks the buckets and the exemplars side by side, and loses what is out of order. */
function exemplarsOf(point: Point | undefined): Exemplar[] {
  const found = (point?.exemplars ?? []).filter((exemplar) => exemplar !== undefined)
  return found.toSorted((a, b) => a.value - b.value)
}

function toJson(bytes: Uint8Array, metrics: ResourceMetrics): Uint8Array {
  const request = JSON.parse(Buffer.from(bytes).toString())
  metrics.scopeMetrics.forEach((scope, s) => {
    scope.metrics.forEach((metric, m) => {
      const written = request.resourceMetrics[0].scopeMetrics[s].metrics[m]
      const points = written.histogram?.dataPoints ?? written.sum?.dataPoints
      pointsOf(metric).forEach((point, p) => {
        const exemplars = exemplarsOf(point)
        if (exemplars.length > 0 && points?.[p] !== undefined) points[p].exemplars = exemplars.map(jsonExemplar)
      })
    })
  })
  return Buffer.from(JSON.stringify(request))
}

function jsonExemplar({ traceId, spanId, value, unixSeconds }: Exemplar): object {
  return { timeUnixNano: String(nanoseconds(unixSeconds)), asDouble: value, spanId, traceId }
}

function nanoseconds(unixSeconds: number): bigint {
  return BigInt(Math.round(unixSeconds * 1000)) * 1_000_000n
}

// Field numbers of opentelemetry.proto.metrics.v1. A message may have its fields in any order, so exemplars go to the end.
const RESOURCE_METRICS = 1
const SCOPE_METRICS = 2
const METRICS = 2
const DATA_POINTS = 1
const OF_KIND = {
  [DataPointType.SUM]: { data: 7, exemplars: 5 },
  [DataPointType.HISTOGRAM]: { data: 9, exemplars: 8 },
  [DataPointType.EXPONENTIAL_HISTOGRAM]: { data: 10, exemplars: 11 },
  [DataPointType.GAUGE]: { data: 5, exemplars: 5 },
} as const

function toProtobuf(bytes: Uint8Array, { scopeMetrics }: ResourceMetrics): Uint8Array {
  const parts = rewrite(bytes, RESOURCE_METRICS, (resource) =>
    rewrite(resource, SCOPE_METRICS, (scope, s) =>
      rewrite(scope, METRICS, (metric, m) => withMetricExemplars(metric, scopeMetrics[s]?.metrics[m])),
    ),
  )
  return Buffer.concat(parts)
}

function withMetricExemplars(bytes: Uint8Array, metric: MetricData | undefined): Uint8Array[] {
  if (metric === undefined || pointsOf(metric).every(({ exemplars }) => exemplars === undefined)) return [bytes]
  const { data, exemplars } = OF_KIND[metric.dataPointType]
  return rewrite(bytes, data, (points) =>
    rewrite(points, DATA_POINTS, (point, p) => [
      point,
      ...exemplarsOf(pointsOf(metric)[p]).flatMap((exemplar) => field(exemplars, [exemplarMessage(exemplar)])),
    ]),
  )
}

/** The message with each submessage in the field `number` replaced; `change` gets it and which of them it is. */
function rewrite(
  message: Uint8Array,
  number: number,
  change: (submessage: Uint8Array, index: number) => readonly Uint8Array[],
): Uint8Array[] {
  const parts: Uint8Array[] = []
  let index = 0
  let copied = 0
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at] ?? 0
      at += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80 || at > message.length) return value
    }
  }
  while (at < message.length) {
    const start = at
    const tag = varint()
    const wire = tag % 8
    if (wire === 0) varint()
    else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else {
      const length = varint()
      if (Math.floor(tag / 8) === number) {
        parts.push(message.subarray(copied, start), ...field(number, change(message.subarray(at, at + length), index)))
        index += 1
        copied = at + length
      }
      at += length
    }
  }
  parts.push(message.subarray(copied))
  return parts
}

/** A length-delimited field. */
function field(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return [Uint8Array.from([...varintBytes(number * 8 + 2), ...varintBytes(length)]), ...parts]
}

function varintBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}

/** Exemplar { time_unix_nano = 2, as_double = 3, span_id = 4, trace_id = 5 } */
function exemplarMessage({ traceId, spanId, value, unixSeconds }: Exemplar): Uint8Array {
  const bytes = Buffer.alloc(46)
  bytes.writeUInt8(2 * 8 + 1, 0)
  bytes.writeBigUInt64LE(nanoseconds(unixSeconds), 1)
  bytes.writeUInt8(3 * 8 + 1, 9)
  bytes.writeDoubleLE(value, 10)
  bytes.writeUInt8(4 * 8 + 2, 18)
  bytes.writeUInt8(8, 19)
  bytes.write(spanId, 20, 'hex')
  bytes.writeUInt8(5 * 8 + 2, 28)
  bytes.writeUInt8(16, 29)
  bytes.write(traceId, 30, 'hex')
  return bytes
}
