// Reads the JSON body of a request to the simulated API server.
import type { IncomingMessage } from 'node:http'
import { StatusError } from './status-error.ts'

/** The API's own limit. */
const MAX_BYTES = 3_145_728

export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BYTES) throw new StatusError('RequestEntityTooLarge', `limit is ${MAX_BYTES}`)
    chunks.push(chunk as Buffer)
  }
  if (bytes === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new StatusError('BadRequest', 'the body of the request is not JSON')
  }
}
