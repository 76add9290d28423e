// An application's own OpenTelemetry SDK with the plug-in, for `node --import`: what it collects is on the port of
// OTEL_EXPORTER_PROMETHEUS_PORT, under the names that mcp-vitals gives the series.
import { createServer } from 'node:http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { McpInstrumentation } from '../../../src/instrumentation/plugin/index.ts'
import { writeExposition } from '../../../src/telemetry/scrape/exposition.ts'

const reader = new PrometheusExporter({ preventServerStart: true })
new NodeSDK({
  autoDetectResources: false,
  metricReaders: [reader],
  spanProcessors: [],
  instrumentations: [new McpInstrumentation() as never],
}).start()
const server = createServer(async (_, response) => {
  const { resourceMetrics } = await reader.collect()
  for await (const piece of writeExposition(resourceMetrics, { format: 'text' })) response.write(piece)
  response.end()
})
server.listen(Number(process.env['OTEL_EXPORTER_PROMETHEUS_PORT']), '127.0.0.1').unref()
