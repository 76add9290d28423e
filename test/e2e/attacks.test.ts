// Tests that the server, with the memory of a small pod, outlives its clients: probes and the calls of others are answered throughout.
import { request } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MCP_HEADERS, messagesIn, rawHttp, rawPost, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import type { AttackedServer } from '../support/servers/attacked-server.ts'
import { ATTACKER, holdSockets, startAttacked } from '../support/servers/attacked-server.ts'

const AUTHORIZED = { authorization: `Bearer ${ATTACKER}` }
const MIB = 1_048_576
const PAD = 'x'.repeat(15_000)

/** Checks it while and after the attack, and that nothing but the honest calls was counted. */
async function outlives(server: AttackedServer, attack: () => unknown): Promise<void> {
  await server.check()
  const attacking = Promise.resolve(attack())
  for (let turn = 0; turn < 5; turn++) await server.check()
  await attacking
  await server.check()
  expect(server.child.exitCode).toBeNull()
  expect(server.peakMemory()).toBeLessThan(384)
  const series = await scrapeSeries(server.metricsUrl)
  expect(series.get('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(server.answered())
}

describe('mcp-vitals-server under attack', { timeout: 120_000 }, () => {
  it('answers while 200 half-sent bodies of unknown sessions wait', async () => {
    const server = await startAttacked()
    const body = Buffer.concat([
      Buffer.from(
        `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${ATTACKER}\r\nMcp-Session-Id: made-up\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${4 * MIB}\r\n\r\n`,
      ),
      Buffer.alloc(3 * MIB, ' '),
    ])
    await outlives(server, () => holdSockets(server.url, 200, body))
  })

  it('answers while 100 half-sent bodies of its own session wait', async () => {
    const server = await startAttacked()
    const session = await rawSession(server.url, AUTHORIZED)
    const head = Object.entries({ ...session, host: 'localhost', 'content-length': String(MIB) })
    const text = head.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const body = Buffer.concat([Buffer.from(`POST /mcp HTTP/1.1\r\n${text}\r\n`), Buffer.alloc(MIB - 1, ' ')])
    await outlives(server, () => holdSockets(server.url, 100, body))
  })

  it('answers while 1,500 sockets without a token hold 15 kB of headers each', async () => {
    const server = await startAttacked(['--max-connections', '500'])
    await outlives(server, () => holdSockets(server.url, 1_500, `GET /mcp HTTP/1.1\r\nHost: x\r\nX: ${PAD}`))
  })

  it('answers probes while 700 idle connections are open on the metrics listener', async () => {
    const server = await startAttacked()
    const idle = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'
    await outlives(server, () => holdSockets(server.metricsUrl, 700, idle))
  })

  it.each([
    ['1 MB, read and not parsed', 80_000, []],
    ['4 MB, not read', 300_000, []],
    ['4 MB, read and not parsed', 300_000, ['--max-message-bytes', String(4 * MIB)]],
  ])('refuses messages of small keys with 413: %s', async (_, keys, args) => {
    const server = await startAttacked(args)
    const session = await rawSession(server.url, AUTHORIZED)
    const meta = Array.from({ length: keys }, (_, at) => `"k${at}":1`).join()
    const body = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{${meta}}}}`
    await outlives(server, async () => {
      for (let turn = 0; turn < 10; turn++) {
        expect((await rawHttp(server.url, { method: 'POST', headers: session, body })).status).toBe(413)
      }
    })
  })

  it('opens a session for another token when one token has taken all that it can', async () => {
    const server = await startAttacked(['--max-sessions', '10'])
    await outlives(server, async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => rawPost(server.url, AUTHORIZED)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
      expect(answers.filter(({ status }) => status === 503)).toHaveLength(7)
    })
    await rawSession(server.url, { authorization: 'Bearer honest-0123456789' })
  })

  it('opens an event stream for another token when one token has taken all that it can', async () => {
    const server = await startAttacked(['--max-streams', '4'])
    const statusOf = async (authorization: string) => {
      const headers = await rawSession(server.url, { authorization })
      return new Promise<number | undefined>((resolve, reject) => {
        const sent = request(server.url, { agent: false, headers }, ({ statusCode }) => resolve(statusCode))
        onTestFinished(() => void sent.destroy())
        sent.on('error', reject)
        sent.end()
      })
    }
    await outlives(server, async () => {
      const statuses = []
      for (let stream = 0; stream < 4; stream++) statuses.push(await statusOf(AUTHORIZED.authorization))
      expect(statuses).toEqual([200, 200, 503, 503])
    })
    for (let stream = 0; stream < 2; stream++) expect(await statusOf('Bearer honest-0123456789')).toBe(200)
  })

  it('counts calls with line breaks in their baggage as any other, and calls the cluster without them', async () => {
    const server = await startAttacked()
    const session = await rawSession(server.url, AUTHORIZED)
    await outlives(server, async () => {
      for (let id = 0; id < 10; id++) {
        const { params, ...call } = JSON.parse(toolCall(id, 'list_pods', { namespace: 'shop' }))
        const body = JSON.stringify({ ...call, params: { ...params, _meta: { baggage: 'a=b\r\nx: y\u0000' } } })
        const [answer] = messagesIn((await rawHttp(server.url, { method: 'POST', headers: session, body })).text)
        expect(answer).not.toHaveProperty('result.isError')
        expect(answer).toHaveProperty('result')
      }
    })
    const series = await scrapeSeries(server.metricsUrl)
    expect(series.get('mcp_tool_calls_total{status="success",tool_name="list_pods"}')).toBe(10)
  })

  it('answers the calls of another token while one token fills its places', async () => {
    const server = await startAttacked(['--demo-tools', '--concurrency', '8'])
    const session = await rawSession(server.url, AUTHORIZED)
    await outlives(server, async () => {
      const slow = Array.from({ length: 30 }, (_, id) =>
        rawHttp(server.url, {
          method: 'POST',
          headers: { ...MCP_HEADERS, ...session },
          body: toolCall(`slow-${id}`, 'demo_slow', { seconds: 2 }),
        }),
      )
      const statuses = (await Promise.all(slow)).map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(6)
      expect(statuses.filter((status) => status === 429)).toHaveLength(24)
    })
  })

  it('throttles wrong tokens and keeps serving valid ones', async () => {
    const server = await startAttacked()
    await outlives(server, async () => {
      const statuses: number[] = []
      for (let turn = 0; turn < 60; turn++) {
        statuses.push((await rawPost(server.url, { authorization: `Bearer wrong-${turn}` })).status)
      }
      expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401))
      expect(statuses).toContain(429)
    })
  })
})
