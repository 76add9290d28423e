// Tests the published types: they resolve in every kind of TypeScript project, and every example of the documents compiles.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { openLibraryProject } from './library-project.ts'

const TSC = join(process.cwd(), 'node_modules', '.bin', 'tsc')

let project: ScratchProject
beforeAll(async () => {
  project = await openLibraryProject()
})

/** Compiles files of the scratch project; rejects with what the compiler reports. */
async function compile(files: readonly string[], options: Readonly<Record<string, unknown>>): Promise<void> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
  const compilerOptions = { ...strict, ...options, target: 'es2023', noEmit: true, types: ['node'] }
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
  await project.run(TSC, '-p', 'tsconfig.json')
}

const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' }
/** To check the declarations of the MCP SDK takes most of a compilation, and is not a test of ours. */
const WITH_MCP_SDK = { ...NODENEXT, skipLibCheck: true }

const EVERY_ENTRY_POINT = `
import { instrumentMcpServer } from '@mcp-vitals/instrumentation'
import { startTelemetry, instrumentMcpServer as reexported } from 'mcp-vitals'
import { type Program, readCommandLine } from 'mcp-vitals/command-line'
const program = { name: 'a', commands: { run: { about: 'Runs.', options: {} } }, variablePrefix: 'A_' } as const satisfies Program
const same: typeof instrumentMcpServer = reexported
const line = readCommandLine(program, [], {})
const url: Promise<string | undefined> = startTelemetry().then(({ metricsUrl }) => metricsUrl)
// @ts-expect-error unresolved imports would be of type any, which has every member
line.wants.made_up
console.log(same, url)
`

const PUBLIC_API = `
import { McpServer, type McpServer as V1 } from '@modelcontextprotocol/sdk/server/mcp.js'
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
`

describe('published types', () => {
  it.each([
    { module: 'node16', moduleResolution: 'node16' },
    NODENEXT,
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'preserve', moduleResolution: 'bundler' },
  ])('resolve under module $module and moduleResolution $moduleResolution', async (module) => {
    project.write('entry-points.ts', EVERY_ENTRY_POINT)
    await compile(['entry-points.ts'], { ...module, skipLibCheck: false })
  })

  it('accept servers and clients of both SDK lines, and refuse undeclared attribute values', async () => {
    project.write('public-api.ts', PUBLIC_API)
    await compile(['public-api.ts'], WITH_MCP_SDK)
  })
})

describe('TypeScript examples', () => {
  const documents = ['README.md', ...globSync('docs/*.md'), ...globSync('src/*/README.md')]

  it('compile in every document', async () => {
    const examples = documents.flatMap((document) =>
      [...readFileSync(document, 'utf8').matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(([, , code = ''], index) => {
        const file = `${document.replaceAll(/\W/g, '-')}-${index}.ts`
        // Without an import or export, the compiler takes a file for a script.
        project.write(file, `${code}\nexport {}\n`)
        return file
      }),
    )

    expect(examples.length).toBeGreaterThan(5)
    await compile(examples, WITH_MCP_SDK)
  })
})
