// Takes spans by OTLP over HTTP in protobuf, and counts them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface SpanSink {
  readonly url: string
  spans(): number
  close(): void
}

export async function startSpanSink(): Promise<SpanSink> {
  let spans = 0
  const server = createServer(async (request, response) => {
    spans += countSpans(await buffer(request))
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans: () => spans,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** ExportTraceServiceRequest { resource_spans = 1 { scope_spans = 2 { spans = 2 } } } */
const PATH = [1, 2, 2]

function countSpans(message: Uint8Array, depth = 0): number {
  if (depth === PATH.length) return 1
  let count = 0
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at] ?? 0
      at += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    return value
  }
  while (at < message.length) {
    const tag = varint()
    const wire = tag % 8
    if (wire === 0) varint()
    else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else {
      const length = varint()
      if (Math.floor(tag / 8) === PATH[depth]) count += countSpans(message.subarray(at, at + length), depth + 1)
      at += length
    }
  }
  return count
}
