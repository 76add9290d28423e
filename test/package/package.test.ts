import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { PackedPackage, ScratchProject } from '../support/programs/packed-package.ts'
import { createProject, packPackage } from '../support/programs/packed-package.ts'

const MCP_SDK = { '@modelcontextprotocol/sdk': '1.32.2' }

let packed: PackedPackage
const projects: ScratchProject[] = []
beforeAll(() => {
  packed = packPackage()
})
afterAll(() => {
  for (const project of projects) project.remove()
  packed.remove()
})

function project(dependencies: Readonly<Record<string, string>>): ScratchProject {
  return createScratch({ ...dependencies, 'mcp-vitals': packed.tarball })
}

function createScratch(dependencies: Readonly<Record<string, string>>): ScratchProject {
  const created = createProject(dependencies)
  projects.push(created)
  return created
}

/** One call of a tool of an instrumented server; what follows it is the scratch script's own. */
const ONE_CALL = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { instrumentMcpServer } from 'mcp-vitals'
const server = instrumentMcpServer(new McpServer({ name: 'scratch', version: '1.0.0' }))
server.registerTool('ok', {}, () => ({ content: [] }))
async function callOnce() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  await server.connect(serverSide)
  const client = new Client({ name: 'scratch', version: '1.0.0' })
  await client.connect(clientSide)
  await client.callTool({ name: 'ok' })
}
`

/** A user's NodeSDK, with exporters in memory; the two lines differ in where the classes are and how they are made. */
const OWN_SDK = {
  '2.x': `
import { NodeSDK, metrics, tracing } from '@opentelemetry/sdk-node'
const spans = new tracing.InMemorySpanExporter()
const spanProcessors = [new tracing.SimpleSpanProcessor(spans)]
const { InMemoryMetricExporter, PeriodicExportingMetricReader } = metrics
`,
  '3.x': `
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { InMemoryMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
const spans = new InMemorySpanExporter()
const spanProcessors = [new SimpleSpanProcessor({ exporter: spans })]
`,
}

const IN_THEIR_SDK = `
const exporter = new InMemoryMetricExporter(1)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const sdk = new NodeSDK({ metricReaders: [reader], spanProcessors, autoDetectResources: false, logRecordProcessors: [] })
sdk.start()
await callOnce()
await reader.forceFlush()
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

test('the tarball holds what runs and nothing else', () => {
  // With sources that nobody runs, a tenth of a megabyte more would not be noticed otherwise.
  expect(packed.packedBytes).toBeLessThan(400_000)
  expect(packed.files.filter((file) => /test|bench|generate|dashboards|\.map$/.test(file))).toEqual([])
  expect(packed.files).toContain('dist/index.js')
  expect(packed.files).toContain('dist/index.d.ts')
  expect(packed.files).toContain('LICENSE')
  expect(
    packed.files.filter((file) => !/^(dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/.test(file)),
  ).toEqual([])
  console.log(
    `packed ${packed.packedBytes} bytes, unpacked ${packed.unpackedBytes} bytes, ${packed.files.length} files`,
  )
})

test('publint and are-the-types-wrong find no fault', () => {
  const { run } = createScratch({})
  const bin = join(process.cwd(), 'node_modules', '.bin')
  expect(run(join(bin, 'publint'), 'run', packed.tarball, '--strict')).toContain('All good')
  expect(run(join(bin, 'attw'), packed.tarball, '--profile', 'esm-only', '--format', 'ascii')).not.toMatch(/💀|❌/)
})

test('a server with startTelemetry serves /metrics from the installed package', () => {
  const { write, run } = project(MCP_SDK)
  write(
    'main.js',
    `${ONE_CALL}
import { startTelemetry } from 'mcp-vitals'
const telemetry = await startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
await callOnce()
console.log(await (await fetch(telemetry.metricsUrl)).text())
await telemetry.shutdown()
process.exit(0)`,
  )

  expect(run('node', 'main.js')).toContain('mcp_tool_calls_total{status="success",tool_name="ok"} 1')
})

test.each([
  { line: '2.x', dependencies: { '@opentelemetry/api': '1.9.1', '@opentelemetry/sdk-node': '0.223.0' } },
  {
    line: '3.x',
    dependencies: {
      '@opentelemetry/api': '1.10.0',
      '@opentelemetry/sdk-node': '0.301.0',
      '@opentelemetry/sdk-trace': '3.1.0',
      '@opentelemetry/sdk-metrics': '3.1.0',
    },
  },
] as const)(
  "instrumentation alone records and traces in a user's own NodeSDK of the $line line",
  ({ line, dependencies }) => {
    // They had their SDK before they had us.
    const { folder, write, run } = createScratch({ ...MCP_SDK, ...dependencies })
    run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', packed.tarball)
    write('main.js', `${OWN_SDK[line]}${ONE_CALL}${IN_THEIR_SDK}`)

    // A second copy would be another version's, which a global provider is not given out to.
    const copies = globSync('node_modules/**/@opentelemetry/api/package.json', { cwd: folder })
    expect(copies).toEqual(['node_modules/@opentelemetry/api/package.json'])

    const told = JSON.parse(run('node', 'main.js').trim().split('\n').at(-1) ?? '')

    expect(told.calls).toEqual([[{ 'tool.name': 'ok', status: 'success' }, 1]])
    expect(told.firstBound).toBe(0.001)
    expect(told.spans).toContain('tools/call ok')
  },
)

test('startTelemetry says in one line what it lacks where the API is older than its SDK', () => {
  const { write, run } = project({ '@opentelemetry/api': '1.9.1' })
  write(
    'main.js',
    `import { startTelemetry } from 'mcp-vitals'\nawait startTelemetry().catch((error) => console.log(error.name, error.message))`,
  )

  expect(run('node', 'main.js')).toMatch(/ConfigError[\s\S]*needs @opentelemetry\/api 1\.10/)
})

test('a strict TypeScript project compiles against the types, and so does every example of the documents', () => {
  const { write, run } = project({
    ...MCP_SDK,
    '@modelcontextprotocol/server': '2.4.0',
    '@opentelemetry/api': '1.10.0',
    '@types/node': '24.19.2',
  })
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        types: ['node'],
      },
      include: ['*.ts'],
    }),
  )
  const examples = ['README.md', ...globSync('docs/*.md')].flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(([, , code]) => String(code)),
  )
  expect(examples.length).toBeGreaterThan(5)
  for (const [index, code] of examples.entries()) write(`example-${index}.ts`, code)
  write(
    'main.ts',
    `import { McpServer, type McpServer as V1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { McpServer as V2 } from '@modelcontextprotocol/server'
import { defineMetrics, instrumentMcpClient, instrumentMcpServer, startTelemetry, trackTool } from 'mcp-vitals'
const server: V1 = instrumentMcpServer(new McpServer({ name: 'a', version: '1' }), { tools: ['b'], deadlineMs: 1000 })
instrumentMcpServer(new Server({ name: 'a', version: '1' }))
instrumentMcpServer(new V2({ name: 'a', version: '1' }))
instrumentMcpClient(new Client({ name: 'a', version: '1' }))
const twice: (n: number) => Promise<number> = trackTool('twice', async (n: number) => n * 2)
const shop = defineMetrics({ orders: { name: 'shop.orders', kind: 'counter', unit: '{order}', description: 'Orders.', attributes: { region: ['eu', 'us'] } } })
shop.orders.record(1, { region: 'eu' })
// @ts-expect-error a value that the metric does not have
shop.orders.record(1, { region: 'mars' })
const telemetry = await startTelemetry({ serviceName: 'a' })
const url: string | undefined = telemetry.metricsUrl
console.log(server, twice, url)
`,
  )

  run(join(process.cwd(), 'node_modules', '.bin', 'tsc'), '-p', 'tsconfig.json')
})

test('the installed program tells its version, and serves until it is asked to stop', async () => {
  const { folder, run } = project({})
  expect(run('npx', 'mcp-vitals', '--version').trim()).toMatch(/\d+\.\d+\.\d+$/)

  const child = spawn(process.execPath, [join(folder, 'node_modules', '.bin', 'mcp-vitals'), 'serve', '--port', '0'], {
    env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  let told = ''
  for await (const line of createInterface({ input: child.stderr })) {
    told += `${line}\n`
    if (/http:\/\/127\.0\.0\.1:\d+\/metrics/.test(told)) break
  }
  const url = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(told)?.[0]
  if (url === undefined) throw new Error(`it did not say where its metrics are: ${told}`)
  const exposition = await (await fetch(url)).text()
  expect(exposition).toContain('mcp_server_info{')
  expect(exposition).toContain('mcp_tool_calls_total{status="success",tool_name="hello_world"} 0')
  child.kill('SIGTERM')
  expect((await exited)[0]).toBe(0)
})
