import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { logs } from '@opentelemetry/api'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { auditRefusedCredentials, instrumentMcpServer, recordRemediation } from '../../../src/index.ts'
import { createAuditFile, startAudit } from '../../../src/telemetry/audit.ts'
import { readSettings } from '../../../src/telemetry/configuration/environment.ts'
import { linkedClient } from '../../support/clients/linked-client.ts'
import { recordSpans } from '../../support/telemetry/recorded-spans.ts'

const SENTINEL = 'S3NTINEL-9f27'

let stop = () => {}
afterEach(() => {
  stop()
  vi.restoreAllMocks()
  logs.disable()
})

const audit = (level: 'changes' | 'all', file?: string, exported = false) => {
  stop = startAudit({ audit: { level, file }, logs: exported })
}
const newFile = () => join(mkdtempSync(join(tmpdir(), 'audit-')), 'audit.jsonl')
const linesOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A server whose arguments, results, errors, ids and principals all hold the sentinel. */
async function connect(): Promise<Client> {
  const server = instrumentMcpServer(new McpServer({ name: 'audited', version: '1' }))
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('fails', {}, () => {
    throw new RangeError(SENTINEL)
  })
  return linkedClient(server)
}

async function callEach(client: Client): Promise<void> {
  await client.callTool({ name: 'echo', arguments: { text: SENTINEL } })
  await client.callTool({ name: 'fails', arguments: { secret: SENTINEL } })
  await client.callTool({ name: `made-up-${SENTINEL}`, arguments: {} }).catch(() => {})
  await client.listTools()
}

describe('startAudit', () => {
  it('writes one line for each tool call: tool, outcome, duration, client and trace, and no content', async () => {
    const spans = recordSpans()
    const file = newFile()
    audit('all', file)

    await callEach(await connect())

    const lines = linesOf(file)
    expect(lines.map(({ 'tool.name': tool, status, 'error.type': type }) => [tool, status, type])).toEqual([
      ['echo', 'success', undefined],
      ['fails', 'error', 'RangeError'],
      ['_OTHER', 'error', 'unknown_tool'],
    ])
    const [first] = lines
    expect(first).toMatchObject({ event: 'mcp.audit.tool_call', 'client.name': '_OTHER' })
    expect(first?.['duration.seconds']).toBeGreaterThanOrEqual(0)
    expect(first?.['trace_id']).toBe(spans.named('tools/call echo').spanContext().traceId)
    expect(readFileSync(file, 'utf8')).not.toContain(SENTINEL)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('hashes who is authenticated, alike for all calls of one principal', async () => {
    const file = newFile()
    audit('all', file)
    const client = await connect()
    const { transport } = client
    const send = transport?.send.bind(transport)
    Object.assign(transport ?? {}, {
      send: (message: never) =>
        send?.(message, { authInfo: { token: SENTINEL, clientId: SENTINEL, scopes: [] } } as never),
    })

    await callEach(client)

    const hashes = linesOf(file).map((line) => line['principal.hash'])
    expect(hashes).toHaveLength(3)
    expect(new Set(hashes).size).toBe(1)
    expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(readFileSync(file, 'utf8')).not.toContain(SENTINEL)
  })

  it('records remediation and refused credentials, and no tool call, at the level changes', async () => {
    const file = newFile()
    audit('changes', file)
    await callEach(await connect())
    recordRemediation('restart', 'applied', {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      confirmation: SENTINEL,
    })
    recordRemediation('restart', 'verified', {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      confirmation: SENTINEL,
    })
    auditRefusedCredentials('203.0.113.7', 12)

    const [applied, verified, refused] = linesOf(file)
    expect(applied).toMatchObject({
      event: 'mcp.audit.remediation',
      action: 'restart',
      outcome: 'applied',
      'target.kind': 'Deployment',
      'target.namespace': 'shop',
      'target.name': 'web',
    })
    expect(verified?.['plan.hash']).toBe(applied?.['plan.hash'])
    expect(refused).toMatchObject({ event: 'mcp.audit.credential_refused', 'client.address': '203.0.113.7', count: 12 })
    expect(linesOf(file)).toHaveLength(3)
    expect(readFileSync(file, 'utf8')).not.toContain(SENTINEL)
  })

  it('writes to stderr without a file and without a logs exporter, and nowhere once stopped', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    audit('all')
    const client = await connect()
    await client.callTool({ name: 'echo', arguments: { text: 'x' } })
    stop()
    await client.callTool({ name: 'echo', arguments: { text: 'x' } })

    const lines = write.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('mcp.audit'))
    expect(lines).toHaveLength(1)
  })

  it('sends log records with the name of the event and the trace of the call', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const exporter = new InMemoryLogRecordExporter()
    logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }))
    const spans = recordSpans()
    audit('all', undefined, true)

    await callEach(await connect())

    const [record] = exporter.getFinishedLogRecords()
    expect(record).toMatchObject({ eventName: 'mcp.audit.tool_call', attributes: { 'tool.name': 'echo' } })
    expect(record?.spanContext?.traceId).toBe(spans.named('tools/call echo').spanContext().traceId)
    expect(
      JSON.stringify(exporter.getFinishedLogRecords().map(({ attributes, body }) => ({ attributes, body }))),
    ).not.toContain(SENTINEL)
    expect(write.mock.calls.filter(([text]) => String(text).includes('mcp.audit'))).toEqual([])
  })
})

describe('createAuditFile', () => {
  it('rotates at its size, and keeps five files', () => {
    const file = newFile()
    const write = createAuditFile(file, 100)
    for (let line = 0; line < 40; line += 1) write(`${String(line).padStart(29, '0')}\n`)

    expect(readFileSync(file, 'utf8')).toContain('39\n')
    expect(readFileSync(`${file}.4`, 'utf8').split('\n')).toHaveLength(4)
    expect(() => statSync(`${file}.5`)).toThrow()
  })

  it('goes on where it cannot write', () => {
    expect(() => createAuditFile('/no/such/folder/audit.jsonl')('x\n')).not.toThrow()
  })
})

describe('readSettings', () => {
  it('audits nothing unless MCP_VITALS_AUDIT says so, and refuses another word', () => {
    expect(readSettings({}).audit).toEqual({ level: 'off', file: undefined })
    expect(readSettings({ MCP_VITALS_AUDIT: 'all', MCP_VITALS_AUDIT_FILE: '/x' }).audit).toEqual({
      level: 'all',
      file: '/x',
    })
    expect(readSettings({ MCP_VITALS_AUDIT: 'all', OTEL_SDK_DISABLED: 'true' }).audit.level).toBe('off')
    expect(() => readSettings({ MCP_VITALS_AUDIT: 'some' })).toThrow('MCP_VITALS_AUDIT: "some" is not one of')
  })
})
