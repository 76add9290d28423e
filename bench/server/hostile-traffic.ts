// Clients that attack: each attack of the list in turn, and how each of them is answered.
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './mcp-over-http.ts'
import { INITIALIZE, mcpOverHttp, toolCall } from './mcp-over-http.ts'
import type { Tally } from './tally.ts'

interface HostileOptions {
  readonly url: string
  readonly metricsUrl: string
  readonly token: string
  /** Tool calls that were answered, by tool and status. */
  readonly calls: Tally
  /** Answers by attack. */
  readonly answers: Tally
  readonly isOver: () => boolean
}

const HOLD_MS = 3_000
const PAUSE_MS = 1_500
const ping = (id: string) => JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })
const PING = ping('p')

type Attack = () => Promise<unknown>

/** Resolves when it is over and the last attack has ended. */
export async function hostileTraffic({
  url,
  metricsUrl,
  token,
  calls,
  answers,
  isOver,
}: HostileOptions): Promise<void> {
  const client = mcpOverHttp(url, token, 0)
  let session = ''
  const note = (attack: string, answer: Promise<Answer>) =>
    answer.then(
      (got) => {
        answers.add(`${attack}\t${got.status}`)
        return got
      },
      (error: NodeJS.ErrnoException) => {
        answers.add(`${attack}\tclosed (${error.code ?? error.message})`)
        return undefined
      },
    )
  const many = <T>(count: number, make: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => make(index)))
  /** A call that is counted by the server if its HTTP answer is 200. */
  const call = async (attack: string, id: number, name: string, args: object, status = 'success', meta?: object) => {
    const { params, ...rest } = JSON.parse(toolCall(id, name, args))
    const body = JSON.stringify({ ...rest, params: { ...params, _meta: meta } })
    const got = await note(attack, client.post(body, session))
    if (got?.status === 200) calls.add(`${name} ${status}`)
  }
  const head = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`
  const authorized = ['Host: localhost', `Authorization: Bearer ${token}`, 'Content-Type: application/json']

  const halfSent = (sessionId: string, filler: string) => {
    const named = [`Mcp-Session-Id: ${sessionId}`, 'Content-Length: 60000', '', filler.repeat(30_000)]
    return held(url, 80, head(['POST /mcp HTTP/1.1', ...authorized, ...named]))
  }

  const attacks: Readonly<Record<string, Attack>> = {
    'more messages a second than allowed': () =>
      many(150, (index) => note('more messages a second than allowed', client.post(ping(`p${index}`), session))),
    'more sessions than allowed': () => many(12, () => note('more sessions than allowed', client.post(INITIALIZE))),
    'half-sent bodies of an unknown session': () => halfSent('x', 'x'),
    'half-sent bodies of its own session': () => halfSent(session, ' '),
    'half-sent headers without a token': () =>
      held(url, 450, head(['GET /mcp HTTP/1.1', 'Host: x', `X: ${'x'.repeat(12_000)}`])),
    'idle connections to the metrics listener': () =>
      held(metricsUrl, 700, head(['GET /health HTTP/1.1', 'Host: localhost', ''])),
    'a message of many small keys': () => note('a message of many small keys', client.post(manyKeys(), session)),
    'a deeply nested message': () =>
      note(
        'a deeply nested message',
        client.post(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":${nested(5_000)}}}`, session),
      ),
    'a body beyond the bound': () => note('a body beyond the bound', client.post(' '.repeat(1_200_000), session)),
    'a batch of 500': () => note('a batch of 500', client.post(`[${Array(500).fill(PING).join()}]`, session)),
    'wrong tokens': () =>
      many(15, (index) => note('wrong tokens', mcpOverHttp(url, `wrong-${index}`, 0).post(PING, session))),
    'more event streams than allowed': () => streams(),
    'more calls at once than allowed': () =>
      many(10, (index) => call('more calls at once than allowed', 100 + index, 'demo_slow', { seconds: 1 })),
    'cancelled calls': async () => {
      const running = many(4, (index) =>
        call('cancelled calls', 200 + index, 'demo_slow', { seconds: 60 }, 'cancelled'),
      )
      await pause(500)
      await many(4, (index) =>
        client.post(
          `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${200 + index}}}`,
          session,
        ),
      )
      await running
    },
    'line breaks in baggage': () =>
      call('line breaks in baggage', 300, 'list_pods', { namespace: 'shop' }, 'success', {
        baggage: 'a=b\r\nx: y\u0000',
      }),
    'arguments that the schema refuses': () =>
      call('arguments that the schema refuses', 301, 'hello_world', { name: '' }, 'error'),
    'a tool that does not exist': async () => {
      const got = await note(
        'a tool that does not exist',
        client.post(toolCall(302, `made-up-${Math.random()}`, {}), session),
      )
      if (got?.status === 200) calls.add('_OTHER error')
    },
  }

  /** A session can have one stream. */
  async function streams(): Promise<void> {
    const opened = await many(8, async () => {
      const own = await client.open().catch(() => session)
      const sent = request(url, {
        agent: false,
        headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, 'mcp-session-id': own },
      })
      const answered = new Promise<string>((resolve) => {
        sent.on('response', ({ statusCode }) => resolve(String(statusCode)))
        sent.on('error', ({ message }) => resolve(`closed (${message})`))
      })
      sent.end()
      answers.add(`more event streams than allowed\t${await answered}`)
      return { sent, own }
    })
    await pause(HOLD_MS)
    for (const { sent } of opened) sent.destroy()
    for (const { own } of opened) if (own !== session) await client.end(own).catch(() => {})
  }

  /** Opens sockets one after another, so that there is no burst: they are too many because they stay. */
  async function held(where: string, count: number, text: string): Promise<void> {
    const { hostname, port } = new URL(where)
    const sockets: Socket[] = []
    for (let index = 0; index < count; index++) {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.write(text)
      sockets.push(socket)
      if (index % 10 === 9) await pause(20)
    }
    await pause(HOLD_MS)
    for (const socket of sockets) socket.destroy()
  }

  while (!isOver()) {
    for (const [name, attack] of Object.entries(attacks)) {
      if (isOver()) break
      const { status } = await client.post(PING, session).catch(() => ({ status: 0 }))
      if (status === 404 || session === '') session = await client.open().catch(() => '')
      answers.add(`${name}\tattacks`)
      await attack()
      await pause(PAUSE_MS)
    }
  }
}

function manyKeys(): string {
  const keys = Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`)
  return `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{${keys.join()}}}}`
}

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}
