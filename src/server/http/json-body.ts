// Reads the JSON body of a request within bounds: its bytes, those of all bodies together, and its shape.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Holding } from './budget.ts'
import type { Refusal } from './http-answer.ts'
import { startRefusal } from './http-answer.ts'
import { jsonShape } from './json-shape.ts'

/** One message over stdio, and the largest that `--max-message-bytes` can allow. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024
/** What a chunk costs besides its bytes: a body in one-byte chunks takes far more memory than its length. */
const CHUNK_BYTES = 512
const MOST = { values: 10_000, depth: 64 }

interface BodyBounds {
  readonly maxBytes: number
  /** Of the sender; what is read is added to it, and the caller releases it. */
  readonly held: Holding
}

/**
 * Reads a JSON body. Undefined when there is none to go on with: then the request has been answered (400, 413, 415, 503), or its sender
 * has gone.
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  refuse: (refusal: Refusal) => void,
  { maxBytes, held }: BodyBounds,
): Promise<{ readonly json: unknown } | undefined> {
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) {
    refuse({ status: 415, message: 'The content type must be application/json.', headers: { connection: 'close' } })
    return undefined
  }
  const large: Refusal = { status: 413, message: `A message can have ${maxBytes} bytes at most.` }
  if (Number(request.headers['content-length']) > maxBytes) return refuseEarly(request, response, large)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const { length } = chunk as Buffer
      bytes += length
      if (bytes > maxBytes) return refuseEarly(request, response, large)
      if (!held.add(length + CHUNK_BYTES)) return refuseEarly(request, response, BUSY)
      chunks.push(chunk as Buffer)
    }
  } catch {
    return undefined
  }
  const text = Buffer.concat(chunks)
  const { values, depth } = jsonShape(text, MOST)
  if (values > MOST.values || depth > MOST.depth) {
    refuse({
      status: 413,
      message: `A message can have ${MOST.values} values, nested ${MOST.depth} deep at most.`,
    })
    return undefined
  }
  try {
    return { json: JSON.parse(text.toString('utf8')) }
  } catch {
    refuse({ status: 400, code: -32_700, message: 'The request body is not valid JSON.' })
    return undefined
  }
}

const BUSY: Refusal = {
  status: 503,
  message: 'Too many request bodies are being received; try again later.',
  headers: { 'retry-after': '1' },
}

/**
 * The answer goes out at once, but the connection is closed only after what is still coming: a client that is cut off
 * while it writes never reads the answer. The server's request time-out bounds the wait.
 */
function refuseEarly(request: IncomingMessage, response: ServerResponse, refusal: Refusal): undefined {
  response.write(startRefusal(response, { ...refusal, headers: { ...refusal.headers, connection: 'close' } }))
  request.once('close', () => response.end())
  request.once('end', () => response.end())
  request.resume()
  return undefined
}
