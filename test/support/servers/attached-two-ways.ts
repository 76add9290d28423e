// A stdio server as a process, for the comparison of two ways to attach: `node attached-two-ways.ts v1|v2 [bare]`. Not bare, it has the
// two lines, and says as one line of JSON on stderr where its metrics are.
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { startTelemetry } from '../../../src/index.ts'
import { createOutcomeServer } from './outcome-kinds.ts'
import { createV2OutcomeServer } from './outcome-kinds-v2.ts'

const [, , line, ...flags] = process.argv
const bare = flags.includes('bare')

const telemetry = bare
  ? undefined
  : await startTelemetry({ metricsPort: Number(process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] ?? 0), stdio: true })
if (line === 'v1') await createOutcomeServer('outcomes', { bare }).connect(new StdioServerTransport())
else serveStdio(() => createV2OutcomeServer({ bare }))
if (telemetry !== undefined) process.stderr.write(`metrics at ${telemetry.metricsUrl}\n`)
