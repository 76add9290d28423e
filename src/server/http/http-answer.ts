// A refusal in, an HTTP answer out: JSON-RPC's error shape on every status, as MCP clients show it, and no word about the
// inside of the server.
import type { ServerResponse } from 'node:http'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { CONNECTION_ERROR } from '../pending-requests.ts'

export interface Refusal {
  readonly status: number
  readonly message: string
  /** JSON-RPC's code. */
  readonly code?: number
  readonly id?: RequestId
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers with a refusal. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.end(startRefusal(response, refusal))
}

/** Writes a refusal's head, and returns its body. */
export function startRefusal(response: ServerResponse, refusal: Refusal): string {
  const { status, message, code = CONNECTION_ERROR, id = null, headers = {} } = refusal
  const body = JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id })
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  return body
}
