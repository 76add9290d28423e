// The body of a request in, its JSON out, read by us: the SDK reads bodies only after it was told which session they are for.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refusal } from './http-answer.ts'
import { startRefusal } from './http-answer.ts'

/** As large as the SDK's own limit. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

const TOO_LARGE: Refusal = { status: 413, message: `A message may have ${MAX_BODY_BYTES} bytes and no more.` }

/**
 * Reads a JSON body. Undefined when there is none to go on with: then the request has been answered (413, 415, 400), or
 * its sender has gone.
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  refuse: (refusal: Refusal) => void,
): Promise<{ readonly json: unknown } | undefined> {
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) {
    refuse({ status: 415, message: 'The content type must be application/json.', headers: { connection: 'close' } })
    return undefined
  }
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) return refuseLarge(request, response)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length
      if (bytes > MAX_BODY_BYTES) return refuseLarge(request, response)
      chunks.push(chunk as Buffer)
    }
  } catch {
    return undefined
  }
  try {
    return { json: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    refuse({ status: 400, code: -32_700, message: 'The body is no JSON.' })
    return undefined
  }
}

/**
 * The answer goes out at once, but the connection is closed only after what is still coming: a client that is cut off
 * while it writes never reads the answer. The server's request time-out bounds the wait.
 */
function refuseLarge(request: IncomingMessage, response: ServerResponse): undefined {
  response.write(startRefusal(response, { ...TOO_LARGE, headers: { connection: 'close' } }))
  request.once('close', () => response.end())
  request.once('end', () => response.end())
  request.resume()
  return undefined
}
