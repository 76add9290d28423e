// Tests that exemplars link metrics to traces when both signals are on.
import { metrics, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../../../src/index.ts'
import { instruments, startTelemetry } from '../../../../src/index.ts'
import { openOtlpJsonSink } from '../../../support/collector/otlp-json-sink.ts'

let telemetry: Telemetry | undefined
afterEach(() => telemetry?.shutdown())

describe('startTelemetry with traces', () => {
  it('adds exemplars to the counter and the slow bucket, and unregisters its meter provider, twice', async () => {
    const sink = await openOtlpJsonSink()
    for (let round = 0; round < 2; round += 1) {
      telemetry = await startTelemetry({
        env: {
          OTEL_EXPORTER_PROMETHEUS_PORT: '0',
          OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        },
      })
      const provider = metrics.getMeterProvider()
      let traceId = ''
      trace.getTracer('t').startActiveSpan('work', (span) => {
        ;({ traceId } = span.spanContext())
        instruments.toolDuration.record(7, { 'tool.name': 'slow' })
        instruments.toolCalls.record(1, { 'tool.name': 'slow', status: 'success' })
        span.end()
      })
      instruments.toolDuration.record(0.002, { 'tool.name': 'slow' })
      const accept = 'application/openmetrics-text; version=1.0.0'
      const text = await (await fetch(telemetry.metricsUrl as string, { headers: { accept } })).text()
      const marked = text.split('\n').filter((line) => line.includes(`trace_id="${traceId}"`))
      expect(marked.map((line) => line.split(' ')[0]).sort()).toEqual([
        'mcp_tool_calls_total{status="success",tool_name="slow"}',
        'mcp_tool_duration_seconds_bucket{tool_name="slow",le="10.0"}',
      ])
      expect(text).toContain('mcp_telemetry_export_failures_total{signal="traces"} 0')
      expect(text).toContain('mcp_telemetry_export_failures_total{signal="logs"} 0')
      await telemetry.shutdown()
      expect(metrics.getMeterProvider()).not.toBe(provider)
    }
    await sink.close()
  })
})
