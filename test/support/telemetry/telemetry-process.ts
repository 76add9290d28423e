// A process with telemetry and nothing else, as the environment asks: it records, traces and logs, stops, and ends by itself.
import { trace } from '@opentelemetry/api'
import { instruments, startTelemetry } from '../../../src/index.ts'

const telemetry = await startTelemetry()
for (let n = 0; n < 10; n += 1) {
  instruments.toolCalls.record(1, { 'tool.name': 't', status: 'success' })
  trace.getTracer('test').startActiveSpan('tools/call t', (span) => {
    telemetry.logger.info({ n }, 'called')
    span.end()
  })
}
const started = performance.now()
await telemetry.shutdown()
telemetry.logger.info({ ms: Math.round(performance.now() - started) }, 'stopped')
