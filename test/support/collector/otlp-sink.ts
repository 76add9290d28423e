// A loopback OTLP/HTTP endpoint: decodes what it takes, and misbehaves on request in the ways that endpoints do.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Received, ReceivedLog, ReceivedMetric, ReceivedSpan, Signal } from './otlp-messages.ts'
import { decodeJson, decodeProtobuf } from './otlp-messages.ts'

/**
 * ok: takes it · refuse: nobody listens · hang: never answers · drip: a 200 whose body comes a byte per 100 ms ·
 * hammer: 429 with `Retry-After: 0` · unavailable: 503 · noise: bytes that are no HTTP · garbage: a 200 whose body is no
 * OTLP · page: a 200 with HTML · reset: the connection is reset · torn: a 200 that breaks off in its body ·
 * partial: takes it, and says that it rejected 5
 */
export type Behaviour =
  | 'ok'
  | 'refuse'
  | 'hang'
  | 'drip'
  | 'hammer'
  | 'unavailable'
  | 'noise'
  | 'garbage'
  | 'page'
  | 'reset'
  | 'torn'
  | 'partial'

export interface OtlpSink {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string
  behave(behaviour: Behaviour): Promise<void>
  /** Answers what hangs. */
  release(): void
  /** `performance.now()` of every request, taken or not. */
  readonly requests: readonly number[]
  /** What was taken, oldest first. */
  readonly received: readonly Received[]
  /** The bodies of all requests as they came, uncompressed: also of what is not decoded. */
  readonly bodies: readonly Buffer[]
  /** The last of that name. */
  metric(name: string): ReceivedMetric | undefined
  spans(): ReceivedSpan[]
  logs(): ReceivedLog[]
  readonly openSockets: number
  readonly lastHeaders: IncomingMessage['headers']
  close(): Promise<void>
}

/** { partial_success { rejected = 5 } }, the same bytes for each signal. */
const REJECTED_FIVE = Buffer.from([0x0a, 0x02, 0x08, 0x05])

/** @param tls PEM texts: it speaks https. */
export async function startOtlpSink(tls?: { cert: string; key: string }): Promise<OtlpSink> {
  let behaviour: Behaviour = 'ok'
  let lastHeaders: IncomingMessage['headers'] = {}
  const requests: number[] = []
  const received: Received[] = []
  const bodies: Buffer[] = []
  const sockets = new Set<Socket>()
  const drips = new Set<NodeJS.Timeout>()
  const held = new Set<() => void>()
  const take = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(performance.now())
    lastHeaders = request.headers
    request.on('error', () => {})
    answer(request, response).catch(() => response.destroy())
  }
  const server = tls === undefined ? createServer(take) : createTlsServer(tls, take)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = behaviour
    const type = request.headers['content-type'] ?? ''
    const sent = await buffer(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    bodies.push(body)
    const write = (status: number, headers: Record<string, string>, text?: string | Buffer) =>
      response.writeHead(status, headers).end(text)
    if (at === 'ok' || at === 'partial') received.push(decode(request, body))
    if (at === 'ok') write(200, { 'content-type': type })
    if (at === 'partial') {
      const json = JSON.stringify({
        partialSuccess: { rejectedDataPoints: '5', rejectedSpans: '5', rejectedLogRecords: '5' },
      })
      write(200, { 'content-type': type }, type.includes('json') ? json : REJECTED_FIVE)
    }
    if (at === 'hang')
      held.add(() => {
        received.push(decode(request, body))
        write(200, { 'content-type': type })
      })
    if (at === 'hammer') write(429, { 'retry-after': '0' })
    if (at === 'unavailable') write(503, {})
    if (at === 'garbage') write(200, { 'content-type': type }, '\xff\xfe what is this')
    if (at === 'page') write(200, { 'content-type': 'text/html' }, '<html>Welcome</html>')
    if (at === 'noise') request.socket.end('SSH-2.0-OpenSSH_9.6\r\n')
    if (at === 'reset') request.socket.resetAndDestroy()
    if (at === 'torn') {
      response.writeHead(200, { 'content-type': type, 'content-length': '1000' })
      response.write('x', () => request.socket.end())
    }
    if (at === 'drip') {
      response.writeHead(200, { 'content-type': type, 'content-length': '100000' }).flushHeaders()
      const drip = setInterval(() => response.write('x'), 100)
      drips.add(drip)
      response.once('close', () => clearInterval(drip))
    }
  }

  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    async behave(next) {
      if (next === 'refuse') await stop()
      else if (!server.listening) await listen(port)
      behaviour = next
    },
    release() {
      for (const answerNow of held) answerNow()
      held.clear()
    },
    requests,
    received,
    bodies,
    metric: (name) => received.flatMap(({ metrics }) => metrics).findLast((metric) => metric.name === name),
    spans: () => received.flatMap(({ spans }) => spans),
    logs: () => received.flatMap(({ logs }) => logs),
    get openSockets() {
      return sockets.size
    },
    get lastHeaders() {
      return lastHeaders
    },
    async close() {
      for (const drip of drips) clearInterval(drip)
      await stop()
    },
  }
}

function decode({ url, headers }: IncomingMessage, body: Buffer): Received {
  if (headers['content-type'] === 'application/json') return decodeJson(body.toString())
  return decodeProtobuf(url?.split('/').at(-1) as Signal, body)
}
