// A node:http server on a free port, closed with the test file: an upstream that answers exactly as a test says.
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

const running = new Set<Server>()
afterAll(() => {
  for (const server of running) {
    server.close()
    server.closeAllConnections()
  }
})

/** Starts it and returns the URL of its MCP endpoint. */
export async function httpUpstream(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    response.on('error', () => {})
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  running.add(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}
