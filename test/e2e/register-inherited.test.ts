// Tests the preload as docs/preload.md puts it into a container and into a client's configuration: by NODE_OPTIONS, which all programs inherit.
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { isKnownVariable } from '../support/files/known-variables.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import { runNode } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const DOCUMENT = readFileSync(file('../../docs/preload.md'), 'utf8')
const [, CLIENT = '{}'] = /```json\n(.*?)```/s.exec(DOCUMENT) ?? []

describe('NODE_OPTIONS with mcp-vitals/register', () => {
  it('measures the server that another program starts, from a folder without packages, and leaves that program alone', async () => {
    const [option = '', address = ''] = JSON.parse(CLIENT).mcpServers.everything.env.NODE_OPTIONS.split(' ')
    expect(option).toBe('--import')
    // The published file; here it is a source.
    expect(address).toMatch(/^file:\/\/\/.*\/node_modules\/mcp-vitals\/attach\/register\.js$/)
    const [port = 0] = await freePorts(1)
    const [folder, server] = [mkdtempSync(join(tmpdir(), 'empty-')), file('../support/servers/preload/v1-esm.mjs')]
    const start = `require('node:child_process').spawn(process.execPath, [${JSON.stringify(server)}], { stdio: 'inherit', cwd: ${JSON.stringify(folder)} })`
    const cli = runNode(['-e', start], {
      NODE_OPTIONS: `${option} ${pathToFileURL(file('../../src/attach/register.ts'))}`,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    })
    const session = stdioSession(cli.child)
    await openSession(session)
    await session.ask('tools/call', { name: 'ok', arguments: {} })
    const series = await waitFor(() => scrapeSeries(`http://127.0.0.1:${port}/metrics`).catch(() => undefined))
    expect(series.get('mcp_tool_calls_total{status="success",tool_name="ok"}')).toBe(1)
    cli.child.stdin.end()
    expect([await cli.exited, cli.stderr()]).toEqual([0, ''])
  })

  it('stands in the Dockerfile and the manifest of docs/preload.md, with variables that the telemetry reads', () => {
    expect(DOCUMENT).toContain('ENV NODE_OPTIONS="--import mcp-vitals/register"')
    const [, manifest = ''] = /```yaml\n(.*?)```/s.exec(DOCUMENT) ?? []
    const { env } = parse(manifest) as { env: { readonly name: string; readonly value?: string }[] }
    expect(env.find(({ name }) => name === 'NODE_OPTIONS')?.value).toBe('--import mcp-vitals/register')
    const own = env.map(({ name }) => name).filter((name) => /^(OTEL|MCP_VITALS)_/.test(name))
    expect(own.length).toBeGreaterThan(1)
    expect(own.filter((name) => !isKnownVariable(name))).toEqual([])
  })
})
