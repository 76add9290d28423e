// Serves the tools of the benchmark over Streamable HTTP, in one session, with JSON answers.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { serverWithTools } from './call-tools.ts'
import type { Contender } from './contender.ts'

/** Its URL. */
export async function serveHttp(contender: Contender): Promise<string> {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, enableJsonResponse: true })
  await serverWithTools(contender).connect(transport as Transport)
  const server = createServer((request, response) => void transport.handleRequest(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
