// mcp-vitals as its users have it: `startTelemetry` with the defaults, on a free port.
import { defineMetrics, instrumentMcpServer, instruments, startTelemetry } from '../../src/index.ts'
import type { CallRecorder, Contender } from '../contender.ts'

export async function start(): Promise<Contender> {
  const telemetry = await startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
  if (telemetry.metricsUrl === undefined) throw new Error('there is nothing to scrape')
  return {
    recorder,
    instrument: (server) => instrumentMcpServer(server),
    histogram({ name, buckets }) {
      const metrics = defineMetrics({
        histogram: {
          name,
          kind: 'histogram',
          unit: 's',
          description: 'A histogram of the benchmark.',
          attributes: { tool: { limit: 50 }, region: { limit: 50 }, tier: { limit: 50 } },
          buckets,
        },
      })
      return (value, attributes) => metrics.histogram.record(value, attributes)
    },
    metricsUrl: telemetry.metricsUrl,
  }
}

/** The same, with the two series besides that `instrumentMcpServer` records of each call. */
export async function startInFull(): Promise<Contender> {
  const contender = await start()
  return {
    ...contender,
    recorder: {
      begin: recorder.begin,
      end(tool, seconds, requestBytes, responseBytes, errorType) {
        recorder.end(tool, seconds, requestBytes, responseBytes, errorType)
        instruments.serverOperationDuration.record(seconds, {
          'mcp.method.name': 'tools/call',
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': tool,
          'mcp.protocol.version': '2025-11-25',
          ...(errorType !== undefined && { 'error.type': 'tool_error' }),
        })
        instruments.clientRequests.record(1, { 'client.name': '_OTHER', 'protocol.version': '2025-11-25' })
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
