// Receives OTLP over HTTP, as protobuf and as JSON.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { checkSender } from '../../telemetry/listener/check-sender.ts'
import type { OtlpSignal } from './otlp-messages.ts'
import type { OtlpReceiver, Verdict } from './otlp-receiver.ts'
import { MAX_REQUEST_BYTES } from './otlp-receiver.ts'

export interface ReceivingListener {
  readonly port: number
  close(): Promise<void>
}

const SIGNALS: Readonly<Record<string, OtlpSignal>> = {
  '/v1/metrics': 'metrics',
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
}

const STATUS: Readonly<Record<Verdict, number>> = {
  taken: 200,
  unauthorized: 401,
  'too many requests': 429,
  'too many servers': 429,
  'not OTLP': 400,
}

const MAX_CONNECTIONS = 256

/** Rejects for a port that is taken. */
export async function receiveHttp(
  address: { readonly host: string; readonly port: number },
  receiver: OtlpReceiver,
): Promise<ReceivingListener> {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 },
    (request, response) => {
      response.on('error', () => {})
      handle(request, response, receiver).catch(() => response.destroy())
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, receiver: OtlpReceiver): Promise<void> {
  const refusal = checkSender(request)
  const signal = SIGNALS[(request.url ?? '').split('?', 1)[0] ?? '']
  const type = /^application\/(x-protobuf|json)\b/.exec(request.headers['content-type'] ?? '')?.[1]
  if (refusal !== undefined) return refuse(response, refusal.status, refusal.reason)
  if (signal === undefined) return refuse(response, 404, 'OTLP is received at /v1/metrics, /v1/traces and /v1/logs.')
  if (request.method !== 'POST') return refuse(response, 405, 'Only POST.')
  if (type === undefined) return refuse(response, 415, 'Only application/x-protobuf and application/json.')
  const refused = receiver.admit(request.headers.authorization)
  if (refused !== undefined) return refuse(response, STATUS[refused], refused)
  const body = await bodyOf(request)
  if (body === undefined) return refuse(response, 413, `A request has at most ${MAX_REQUEST_BYTES} bytes.`)
  const isJson = type === 'json'
  const verdict = receiver.receive(signal, body, isJson)
  if (verdict !== 'taken') return refuse(response, STATUS[verdict], verdict)
  response.writeHead(200, { 'content-type': request.headers['content-type'] })
  response.end(isJson ? '{}' : '')
}

/** Undefined if it is too long, compressed or not. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_REQUEST_BYTES) return undefined
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (request.headers['content-encoding'] !== 'gzip') return body
  try {
    return gunzipSync(body, { maxOutputLength: MAX_REQUEST_BYTES })
  } catch {
    return undefined
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const retry = status === 429 ? { 'retry-after': '1' } : {}
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...retry })
  response.end(`${reason}\n`)
}
