// The messages of OTLP 1 that the hub reads, by field number. Decoded, they have the names of OTLP's JSON.
import type { Field, ProtobufMessage, WireType } from './protobuf.ts'

const one = (name: string, type: WireType | ProtobufMessage): Field => ({ name, type })
const many = (name: string, type: WireType | ProtobufMessage): Field => ({ name, type, repeated: true })

const anyValue: ProtobufMessage = {
  1: one('stringValue', 'text'),
  2: one('boolValue', 'bool'),
  3: one('intValue', 'varint'),
  4: one('doubleValue', 'double'),
}
const keyValue: ProtobufMessage = { 1: one('key', 'text'), 2: one('value', anyValue) }
const resource: ProtobufMessage = { 1: many('attributes', keyValue) }

const numberPoint: ProtobufMessage = {
  3: one('timeUnixNano', 'fixed64'),
  4: one('asDouble', 'double'),
  6: one('asInt', 'sfixed64'),
  7: many('attributes', keyValue),
}
const histogramPoint: ProtobufMessage = {
  3: one('timeUnixNano', 'fixed64'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: many('bucketCounts', 'fixed64'),
  7: many('explicitBounds', 'double'),
  9: many('attributes', keyValue),
}
const metric: ProtobufMessage = {
  1: one('name', 'text'),
  5: one('gauge', { 1: many('dataPoints', numberPoint) }),
  7: one('sum', {
    1: many('dataPoints', numberPoint),
    2: one('aggregationTemporality', 'varint'),
    3: one('isMonotonic', 'bool'),
  }),
  9: one('histogram', { 1: many('dataPoints', histogramPoint), 2: one('aggregationTemporality', 'varint') }),
}
const span: ProtobufMessage = {
  1: one('traceId', 'bytes'),
  2: one('spanId', 'bytes'),
  4: one('parentSpanId', 'bytes'),
  5: one('name', 'text'),
  6: one('kind', 'varint'),
  7: one('startTimeUnixNano', 'fixed64'),
  8: one('endTimeUnixNano', 'fixed64'),
  9: many('attributes', keyValue),
  15: one('status', { 3: one('code', 'varint') }),
}
const logRecord: ProtobufMessage = {
  1: one('timeUnixNano', 'fixed64'),
  3: one('severityText', 'text'),
  5: one('body', anyValue),
  9: one('traceId', 'bytes'),
  10: one('spanId', 'bytes'),
}

/** A request of each signal: resources, scopes, and what is in them. */
export const OTLP_REQUESTS = {
  metrics: {
    1: many('resourceMetrics', {
      1: one('resource', resource),
      2: many('scopeMetrics', { 2: many('metrics', metric) }),
    }),
  },
  traces: {
    1: many('resourceSpans', { 1: one('resource', resource), 2: many('scopeSpans', { 2: many('spans', span) }) }),
  },
  logs: {
    1: many('resourceLogs', {
      1: one('resource', resource),
      2: many('scopeLogs', { 2: many('logRecords', logRecord) }),
    }),
  },
} as const satisfies Record<string, ProtobufMessage>

export type OtlpSignal = keyof typeof OTLP_REQUESTS
