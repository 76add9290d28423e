// URLs of OTLP/HTTP endpoints in, one endpoint out that hands the same bytes to each of them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

export interface OtlpTee {
  readonly url: string
  /** The bodies that every endpoint has taken, uncompressed. */
  readonly bodies: readonly Buffer[]
  close(): Promise<void>
}

/** It answers 200 when all have, else 503, so that the sender tries again. */
export async function startOtlpTee(targets: readonly string[]): Promise<OtlpTee> {
  const bodies: Buffer[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const { 'content-type': type = '', 'content-encoding': encoding } = request.headers
    const headers = { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) }
    const sent = targets.map((url) => fetch(url, { method: 'POST', headers, body: new Uint8Array(body) }))
    const taken = (await Promise.allSettled(sent)).every(
      ({ status, ...rest }) => 'value' in rest && rest.value.ok && status,
    )
    if (taken) bodies.push(encoding === 'gzip' ? gunzipSync(body) : body)
    response.writeHead(taken ? 200 : 503, { 'content-type': type }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
