// Tests that `mcp-vitals config wrap` writes a command that a client can start, from the packed package with nothing else installed.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import type { OtlpSink } from '../support/collector/otlp-sink.ts'
import { startOtlpSink } from '../support/collector/otlp-sink.ts'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { createProject, tarballsOf } from '../support/programs/packed-package.ts'

const SERVER = `
import { createInterface } from 'node:readline'
const results = {
  initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'plain', version: '1' } },
  'tools/list': { tools: [{ name: 'greet', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [{ type: 'text', text: 'hello' }] },
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }))
}).on('close', () => process.exit(3))`

describe('mcp-vitals config wrap', () => {
  let project: ScratchProject
  let sink: OtlpSink
  beforeAll(async () => {
    sink = await startOtlpSink()
    project = await createProject(
      tarballsOf(inject('packages'), 'mcp-vitals'),
      mkdtempSync(join(tmpdir(), 'mcp-vitals-client-')),
    )
  })
  afterAll(async () => {
    await sink.close()
    project.remove()
  })

  it('changes the file of a client so that its server starts wrapped, and unwrap takes that out again', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint }
    const before = JSON.stringify({ mcpServers: { plain: { command: 'node', args: ['server.js'], env } } }, null, 2)
    project.write('server.js', SERVER)
    project.write('client.json', before)
    await project.run('npx', 'mcp-vitals', 'config', 'wrap', 'client.json')
    const file = () => readFileSync(join(project.folder, 'client.json'), 'utf8')
    const { command, args, env: given } = JSON.parse(file()).mcpServers.plain
    expect([command, ...args]).toEqual(
      ['npx', '-y', `mcp-vitals@${inject('packages')['mcp-vitals'].manifest.version}`, 'wrap', '--'].concat(
        'node',
        'server.js',
      ),
    )

    const { PATH = '', HOME = '' } = process.env
    const child = spawn(command, args, { cwd: project.folder, env: { PATH, HOME, ...given } })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    const session = stdioSession(child)
    await openSession(session)
    expect((await session.ask('tools/call', { name: 'greet', arguments: {} })).result).toEqual({
      content: [{ type: 'text', text: 'hello' }],
    })
    child.stdin.end()

    expect(await exited).toBe(3)
    const counted = sink.metric('mcp.tool.calls')?.points.filter(({ value }) => value > 0)
    expect(counted?.map(({ attributes, value }) => [attributes['tool.name'], attributes['status'], value])).toEqual([
      ['greet', 'success', 1],
    ])

    await project.run('npx', 'mcp-vitals', 'config', 'unwrap', 'client.json')
    expect(JSON.parse(file())).toEqual(JSON.parse(before))
  })
})
