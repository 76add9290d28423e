// mcp-vitals as its users have it: `startTelemetry` with the defaults, on a free port.
import { metrics, ROOT_CONTEXT } from '@opentelemetry/api'
import { defineMetrics, instrumentMcpServer, instruments, startTelemetry } from '../../src/index.ts'
import { failed, SUCCESS } from '../../src/instrumentation/outcome/outcome.ts'
import { inBatch } from '../../src/instrumentation/record/batches.ts'
import type { MetricSpec } from '../../src/instrumentation/record/define-metrics.ts'
import { followMeterProvider } from '../../src/instrumentation/record/instruments.ts'
import { runningCalls } from '../../src/instrumentation/record/running-calls.ts'
import { recordCall } from '../../src/instrumentation/wire/call-rows.ts'
import type { CallRecorder, Contender, HistogramAttributes } from '../contender.ts'
import { apiInstruments, apiRecorder } from './api-recorder.ts'
import { start as startBare } from './bare.ts'

export async function start(env: Readonly<Record<string, string>> = {}): Promise<Contender> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = process.env
  const given = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_LOGS_EXPORTER: 'none', ...env }
  const telemetry = await startTelemetry({ env: { ...given, OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
  if (telemetry.metricsUrl === undefined) throw new Error('there is nothing to scrape')
  return {
    recorder,
    instrument: (server) => instrumentMcpServer(server),
    histogram: ({ name, buckets }) => define({ name, kind: 'histogram', unit: 's', buckets }),
    counter: (name) => define({ name, kind: 'counter', unit: '' }),
    metricsUrl: telemetry.metricsUrl,
    // Metrics wait for their interval.
    ...(env['OTEL_TRACES_EXPORTER'] === 'otlp' && { flush: () => telemetry.forceFlush() }),
    shutdown: () => telemetry.shutdown(),
  }
}

function define(spec: Pick<MetricSpec, 'name' | 'kind' | 'unit' | 'buckets'>) {
  const attributes = { tool: { limit: 50 }, region: { limit: 50 }, tier: { limit: 50 } }
  const { metric } = defineMetrics({ metric: { ...spec, description: 'A metric of the benchmark.', attributes } })
  return (value: number, given: HistogramAttributes) => metric.record(value, given)
}

/** Instrumented, with nowhere to record: what a program pays that has not switched telemetry on. */
export async function startWithoutProvider(): Promise<Contender> {
  return { ...(await startBare()), instrument: (server) => instrumentMcpServer(server) }
}

/** What a program records by the OpenTelemetry API, on the meter provider of mcp-vitals. */
export async function startByApi(env?: Readonly<Record<string, string>>): Promise<Contender> {
  const contender = await start(env)
  const meter = metrics.getMeter('bench')
  return { ...contender, ...apiInstruments(meter), recorder: apiRecorder(meter) }
}

/** All series of a call, each found once and in batches, as `instrumentMcpServer` records them. */
export async function startInFull(env?: Readonly<Record<string, string>>): Promise<Contender> {
  const contender = await start(env)
  return {
    ...contender,
    recorder: {
      begin(tool) {
        followMeterProvider()
        runningCalls(tool).begin()
      },
      end(tool, seconds, argumentBytes, resultBytes, errorType) {
        followMeterProvider()
        runningCalls(tool).end()
        const call = {
          target: tool,
          outcome: errorType === undefined ? SUCCESS : failed(errorType),
          ending: { errorType: errorType && 'tool_error' },
          revision: '2025-11-25',
          client: '_OTHER',
          jsonRpcVersion: undefined,
          network: {},
          seconds,
          toolCall: { argumentBytes, resultBytes },
          context: ROOT_CONTEXT,
          record: () => recordCall(call),
        }
        inBatch(call)
      },
    },
  }
}

const recorder: CallRecorder = {
  begin: (tool) => instruments.activeRequests.record(1, { 'tool.name': tool }),
  end(tool, seconds, requestBytes, responseBytes, errorType) {
    const labels = { 'tool.name': tool }
    instruments.activeRequests.record(-1, labels)
    instruments.toolCalls.record(1, { ...labels, status: errorType === undefined ? 'success' : 'error' })
    instruments.toolDuration.record(seconds, labels)
    if (errorType !== undefined) instruments.toolErrors.record(1, { ...labels, 'error.type': errorType })
    instruments.requestSize.record(requestBytes, labels)
    instruments.responseSize.record(responseBytes, labels)
  },
}
