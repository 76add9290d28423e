// Answers a request that does not reach the server behind the proxy, in the way that MCP clients read.
import type { ServerResponse } from 'node:http'

/** JSON-RPC leaves -32000 to -32099 to implementations; the SDKs answer with -32000 what HTTP refuses. */
const REFUSED = -32_000

export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = JSON.stringify({ jsonrpc: '2.0', error: { code: REFUSED, message }, id: null })
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // The rest of a request that is refused is not read.
    ...(status === 502 ? {} : { connection: 'close' }),
    ...headers,
  })
  response.end(body)
}
