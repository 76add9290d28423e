// Tests that a server of two lines ends when it would have ended without us, however it is scraped.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { waitFor } from '../support/programs/wait-for.ts'

const SERVER = fileURLToPath(new URL('../support/servers/two-lines.ts', import.meta.url))

const running = new Set<ChildProcessWithoutNullStreams>()
const agents = new Set<Agent>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  for (const agent of agents) agent.destroy()
})

interface Addresses {
  readonly url?: string
  readonly metricsUrl?: string
}

async function start(...args: string[]) {
  const child = spawn(process.execPath, [SERVER, ...args])
  running.add(child)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const exited = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return code ?? signal
  })
  const line = await waitFor(() => /^\{.*\}$/m.exec(stderr)?.[0], 20_000, 'the addresses of the server')
  return { child, exited, stdout: () => stdout, addresses: JSON.parse(line) as Addresses }
}

/** One scrape over a connection that stays open, as Prometheus makes them. */
function scrape(url: string): Promise<string> {
  const agent = new Agent({ keepAlive: true })
  agents.add(agent)
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

async function call({ child, stdout }: { child: ChildProcessWithoutNullStreams; stdout: () => string }): Promise<void> {
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const clientInfo = { name: 'x', version: '1' }
  send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } })
  await waitFor(() => stdout().includes('"id":1'))
  send({ method: 'notifications/initialized' })
  send({ id: 2, method: 'tools/call', params: { name: 'ok' } })
  await waitFor(() => stdout().includes('"id":2'))
}

/** Milliseconds from the end of the input to the exit. */
async function exitTime(bare: boolean): Promise<number> {
  const server = await start('stdio', ...(bare ? ['bare'] : []))
  await call(server)
  const { metricsUrl } = server.addresses
  if (!bare) expect(await scrape(metricsUrl ?? '')).toContain('mcp_tool_calls_total{status="success",tool_name="ok"} 1')
  const endedAt = performance.now()
  server.child.stdin.end()
  expect(await server.exited).toBe(0)
  return performance.now() - endedAt
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

describe('a stdio server of two lines', () => {
  it('that is scraped over keep-alive exits with its input, at most 100 ms later than without us', async () => {
    const [ours, theirs]: [number[], number[]] = [[], []]
    for (let round = 0; round < 5; round += 1) {
      ours.push(await exitTime(false))
      theirs.push(await exitTime(true))
    }
    expect(median(ours) - median(theirs)).toBeLessThan(100)
  }, 120_000)

  it('ends on SIGTERM while it is scraped and its client is connected', async () => {
    const server = await start('stdio')
    await call(server)
    await scrape(server.addresses.metricsUrl ?? '')
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  }, 60_000)
})

describe('an HTTP server of two lines', () => {
  it('ends on SIGTERM while a client holds a stream open and a scraper its connection', async () => {
    const server = await start('http')
    const { url = '', metricsUrl = '' } = server.addresses
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    const opened = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
      }),
    })
    expect(opened.status).toBe(200)
    const stream = fetch(url, { headers }).catch(() => undefined)
    await scrape(metricsUrl)

    server.child.kill('SIGTERM')

    expect(await server.exited).toBe(0)
    await stream
  }, 60_000)
})
