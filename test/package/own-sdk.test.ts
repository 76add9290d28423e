// Tests the packages in applications that run their own OpenTelemetry SDK, of the 2.x and of the 3.x line.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { createProject, installedCopies } from '../support/programs/packed-package.ts'

const packages = inject('packages')
const MCP_SDK = { '@modelcontextprotocol/sdk': '1.32.2' }

/** A user's NodeSDK with exporters in memory; the lines differ in where the classes are and how they are made. */
const SDK_LINES = {
  '2.x': {
    dependencies: { '@opentelemetry/api': '1.9.1', '@opentelemetry/sdk-node': '0.223.0' },
    exporters: `
import { NodeSDK, metrics, tracing } from '@opentelemetry/sdk-node'
const spans = new tracing.InMemorySpanExporter()
const spanProcessors = [new tracing.SimpleSpanProcessor(spans)]
const { InMemoryMetricExporter, PeriodicExportingMetricReader } = metrics
`,
  },
  '3.x': {
    dependencies: {
      '@opentelemetry/api': '1.10.0',
      '@opentelemetry/sdk-node': '0.301.0',
      '@opentelemetry/sdk-trace': '3.1.0',
      '@opentelemetry/sdk-metrics': '3.1.0',
    },
    exporters: `
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { InMemoryMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
const spans = new InMemorySpanExporter()
const spanProcessors = [new SimpleSpanProcessor({ exporter: spans })]
`,
  },
} as const

type Line = keyof typeof SDK_LINES

const CONNECT_AND_CALL = `const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
await server.connect(serverSide)
const client = new Client({ name: 'scratch', version: '1.0.0' })
await client.connect(clientSide)
await client.callTool({ name: 'ok' })
`
const PRINT_RECORDED = `await reader.forceFlush()
const recorded = exporter.getMetrics().at(-1).scopeMetrics.flatMap(({ metrics }) => metrics)
const calls = recorded.find(({ descriptor }) => descriptor.name === 'mcp.tool.calls')
const duration = recorded.find(({ descriptor }) => descriptor.name === 'mcp.tool.duration')
console.log(JSON.stringify({
  calls: calls.dataPoints.filter(({ value }) => value > 0).map(({ attributes, value }) => [attributes, value]),
  firstBound: duration.dataPoints[0].value.buckets.boundaries[0],
  spans: spans.getFinishedSpans().map(({ name }) => name),
}))
process.exit(0)
`

/** Calls a tool of an instrumented server once, and prints what the application's own SDK recorded. */
const oneCall = (line: Line, from: string) => `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { instrumentMcpServer } from '${from}'
${SDK_LINES[line].exporters}
const server = instrumentMcpServer(new McpServer({ name: 'scratch', version: '1.0.0' }))
server.registerTool('ok', {}, () => ({ content: [] }))
const exporter = new InMemoryMetricExporter(1)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const sdk = new NodeSDK({ metricReaders: [reader], spanProcessors, autoDetectResources: false, logRecordProcessors: [] })
sdk.start()
${CONNECT_AND_CALL}${PRINT_RECORDED}`

/** The same in an application that has only an entry in `instrumentations`; the line that `how` is turns it on. */
const oneCallByPlugin = (line: Line, how: 'NodeSDK' | 'registerInstrumentations') => `
import { McpInstrumentation } from '@mcp-vitals/instrumentation/plugin'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
${SDK_LINES[line].exporters}
const exporter = new InMemoryMetricExporter(1)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const plugin = new McpInstrumentation()
const instrumentations = ${how === 'NodeSDK' ? '[plugin]' : '[]'}
const sdk = new NodeSDK({ instrumentations, metricReaders: [reader], spanProcessors, autoDetectResources: false, logRecordProcessors: [] })
sdk.start()
${how === 'NodeSDK' ? '' : 'registerInstrumentations({ instrumentations: [plugin] })'}
const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js')
const server = new McpServer({ name: 'scratch', version: '1.0.0' })
server.registerTool('ok', {}, () => ({ content: [] }))
${CONNECT_AND_CALL}plugin.disable()
await client.callTool({ name: 'ok' })
plugin.enable()
await client.callTool({ name: 'ok' })
${PRINT_RECORDED}`

describe.each(['2.x', '3.x'] as const)('McpInstrumentation in an application with an SDK of the %s line', (line) => {
  const project = useApplication(line)

  it.each(['NodeSDK', 'registerInstrumentations'] as const)(
    'records into that SDK while it is enabled, through %s',
    async (how) => {
      project().write('plugin.js', oneCallByPlugin(line, how))
      const printed = await project().run('node', 'plugin.js')
      const recorded = JSON.parse(printed.trim().split('\n').at(-1) ?? '')

      expect(recorded.calls).toEqual([[{ 'tool.name': 'ok', status: 'success' }, 2]])
      expect(recorded.firstBound).toBe(0.001)
      expect(recorded.spans.filter((name: string) => name === 'tools/call ok')).toHaveLength(2)
    },
  )
})

describe('application with its own NodeSDK of the 3.x line', () => {
  const project = useApplication('3.x')

  it('gets measurements and spans from @mcp-vitals/instrumentation alone', async () => {
    await expectRecorded(project(), '3.x', '@mcp-vitals/instrumentation')
  })
})

describe('application with its own NodeSDK of the 2.x line', () => {
  const project = useApplication('2.x')

  it('gets measurements and spans from @mcp-vitals/instrumentation alone', async () => {
    await expectRecorded(project(), '2.x', '@mcp-vitals/instrumentation')
  })

  // Its API is 1.9, and the SDK that mcp-vitals brings along needs 1.10.
  describe('with mcp-vitals', () => {
    beforeAll(() => project().install(packages['mcp-vitals'].tarball))

    it('gets measurements and spans', async () => {
      await expectRecorded(project(), '2.x', 'mcp-vitals')
    })

    it('gets a ConfigError from startTelemetry that names the API version it needs', async () => {
      const main = `
import { startTelemetry } from 'mcp-vitals'
await startTelemetry().catch((error) => console.log(error.name, error.message))
`
      project().write('start.js', main)
      expect(await project().run('node', 'start.js')).toMatch(/ConfigError[\s\S]*needs @opentelemetry\/api 1\.10/)
    })
  })
})

/** Installs the instrumentation in an application that has an SDK already. */
function useApplication(line: Line): () => ScratchProject {
  let project: ScratchProject | undefined
  beforeAll(async () => {
    project = await createProject({ ...MCP_SDK, ...SDK_LINES[line].dependencies })
    await project.install(packages['@mcp-vitals/instrumentation'].tarball)
  })
  afterAll(() => project?.remove())
  return () => project as ScratchProject
}

async function expectRecorded(project: ScratchProject, line: Line, from: string): Promise<void> {
  // A second copy would be of another version, to which the API does not hand out a global provider.
  expect(installedCopies(project, '@opentelemetry/api')).toEqual(['node_modules/@opentelemetry/api'])
  project.write('main.js', oneCall(line, from))
  const printed = await project.run('node', 'main.js')
  const recorded = JSON.parse(printed.trim().split('\n').at(-1) ?? '')

  expect(recorded.calls).toEqual([[{ 'tool.name': 'ok', status: 'success' }, 1]])
  expect(recorded.firstBound).toBe(0.001)
  expect(recorded.spans).toContain('tools/call ok')
}
