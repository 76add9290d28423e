import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkServer } from '../../../../src/program/check/check-server.ts'
import { readConfig } from '../../../../src/program/config.ts'

const TOOLS = [
  { name: 'small', inputSchema: { type: 'object' } },
  { name: 'large', description: 'Zürich '.repeat(50), inputSchema: { type: 'object' } },
]
const BYTES = TOOLS.map((tool) => Buffer.byteLength(JSON.stringify(tool))).toSorted((a, b) => b - a)
const TOTAL = BYTES.reduce((sum, bytes) => sum + bytes, 0)

/** A server of one page per tool, as a program that reads and writes lines. */
const SERVER = `
const tools = ${JSON.stringify(TOOLS)}
process.stdout.write('not JSON-RPC\\n')
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  const cursor = Number(params?.cursor ?? 0)
  const result = {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {}, prompts: {} }, serverInfo: { name: 'srv', version: '3' } },
    'tools/list': { tools: [tools[cursor]], ...(cursor + 1 < tools.length && { nextCursor: String(cursor + 1) }) },
  }[method]
  if (id === undefined) return
  const answer = result === undefined ? { error: { code: -32601, message: 'no' } } : { result }
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...answer }) + '\\n')
})
`
const NO_BUDGETS = { maxBytes: undefined, maxTokens: undefined, maxTools: undefined }
const stdio = { ...NO_BUDGETS, url: undefined, server: [process.execPath, '-e', SERVER], json: true }

const closes: (() => void)[] = []
afterEach(() => {
  for (const close of closes.splice(0)) close()
})

describe('checkServer', () => {
  it('reports the tools over all pages with their bytes and estimated tokens, the largest first', async () => {
    const { text, exitCode } = await checkServer(stdio)

    expect(exitCode).toBe(0)
    expect(JSON.parse(text)).toEqual({
      server: 'srv 3',
      protocolVersion: '2025-11-25',
      tools: [
        { name: 'large', bytes: BYTES[0], tokens: Math.ceil((BYTES[0] ?? 0) / 4) },
        { name: 'small', bytes: BYTES[1], tokens: Math.ceil((BYTES[1] ?? 0) / 4) },
      ],
      bytes: TOTAL,
      tokens: Math.ceil(TOTAL / 4),
      prompts: 0,
      resources: 0,
      exceeded: [],
    })
  })

  it('prints a table that says that tokens are an estimate', async () => {
    const { text } = await checkServer({ ...stdio, json: false })

    expect(text).toMatch(/^large +\d+ +\d+$/m)
    expect(text).toContain('2 tools, 0 prompts, 0 resources')
    expect(text).toContain('estimated')
  })

  it.each([
    ['maxBytes', TOTAL, `${TOTAL} bytes, more than ${TOTAL - 1}`],
    [
      'maxTokens',
      Math.ceil(TOTAL / 4),
      `${Math.ceil(TOTAL / 4)} estimated tokens, more than ${Math.ceil(TOTAL / 4) - 1}`,
    ],
    ['maxTools', 2, '2 tools, more than 1'],
  ])('fails above %s, and not at it', async (budget, value, fault) => {
    expect((await checkServer({ ...stdio, [budget]: value })).exitCode).toBe(0)
    const { text, exitCode } = await checkServer({ ...stdio, [budget]: value - 1 })
    expect(exitCode).toBe(1)
    expect(JSON.parse(text).exceeded).toEqual([fault])
  })

  it.each([
    ['a command that does not exist', ['/no/such/command'], 'command not found'],
    ['a server that ends at once', [process.execPath, '-e', 'process.exit(3)'], 'exit code 3'],
  ])('fails for %s', async (_, server, reason) => {
    const { text, exitCode } = await checkServer({ ...stdio, server })
    expect(exitCode).toBe(1)
    expect(JSON.parse(text).error).toContain(reason)
  })

  it('checks a server over HTTP', async () => {
    const http = createServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      const { id, method } = body === '' ? { id: undefined, method: undefined } : JSON.parse(body)
      const result =
        method === 'initialize'
          ? { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'web', version: '1' } }
          : { tools: TOOLS }
      response.writeHead(id === undefined ? 202 : 200, { 'content-type': 'application/json' })
      response.end(id === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', id, result }))
    })
    http.listen(0, '127.0.0.1')
    closes.push(() => http.close().closeAllConnections())
    await new Promise((resolve) => http.once('listening', resolve))
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`

    const { text, exitCode } = await checkServer({ ...stdio, server: [], url })

    expect(exitCode).toBe(0)
    expect(JSON.parse(text)).toMatchObject({ server: 'web 1', bytes: TOTAL })
  })
})

describe('readConfig of mcp-vitals check', () => {
  it('takes a command or a URL, and budgets', () => {
    expect(readConfig(['check', '--max-tools', '3', '--json', '--', 'npx', '-y', 'x'], {})).toMatchObject({
      command: 'check',
      maxTools: 3,
      maxBytes: undefined,
      json: true,
      url: undefined,
      server: ['npx', '-y', 'x'],
    })
    expect(readConfig(['check', '--url', 'http://127.0.0.1:1/mcp'], {})).toMatchObject({ server: [] })
  })

  it.each([[['check']], [['check', '--url', 'http://127.0.0.1:1/mcp', '--', 'npx']]])('refuses %j', (args) => {
    expect(() => readConfig(args, {})).toThrow('check: requires either --url or the command of the server')
  })
})
