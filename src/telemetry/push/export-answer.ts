// The answer to an OTLP export in, what is wrong with it out. OTel's exporter takes any 2xx for a success: a web page, an
// answer that broke off, and a partial success that refused half of the points.
import type { IncomingMessage } from 'node:http'

/** Reads the body of an answer of a signal's service in protobuf; throws at what is none. */
export type ReadAnswer = (body: Uint8Array) => unknown

/** Bytes of an answer that are looked at; an honest one has a few dozen. */
const MAX_BODY = 65_536

/** Calls `found` with what is wrong, before whoever listens later is told that the answer has ended. */
export function inspectAnswer(answer: IncomingMessage, read: ReadAnswer, found: (fault: string) => void): void {
  const { statusCode = 0, headers } = answer
  if (statusCode >= 300) {
    found(`HTTP ${statusCode} ${answer.statusMessage ?? ''}`.trim())
    return
  }
  const body: Buffer[] = []
  let size = 0
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_BODY) body.push(chunk)
  })
  answer.on('error', () => found('the answer broke off'))
  answer.on('end', () => {
    const fault = size <= MAX_BODY ? faultOf(headers['content-type'] ?? '', Buffer.concat(body), read) : undefined
    if (fault !== undefined) found(fault)
  })
}

/** An empty body is a full success (OTLP 1.x, "Full Success"); a content type of neither encoding gets the benefit of the doubt. */
function faultOf(contentType: string, body: Buffer, read: ReadAnswer): string | undefined {
  if (body.length === 0) return undefined
  if (contentType.includes('html')) return 'a web page answers, not an OTLP endpoint'
  try {
    if (contentType.includes('json')) return rejectedOf(JSON.parse(body.toString()))
    if (contentType.includes('protobuf')) return rejectedOf(read(body))
  } catch {
    return 'the answer is not OTLP'
  }
  return undefined
}

/** OTLP 1.x, "Partial Success": with nothing rejected it is a warning, which the exporter tells. */
function rejectedOf(answer: unknown): string | undefined {
  const partial = Object.entries((answer as { partialSuccess?: object | null } | null)?.partialSuccess ?? {})
  const count = Number(partial.find(([name]) => name.startsWith('rejected'))?.[1] ?? 0)
  return count > 0 ? `the endpoint rejected ${count} of what was sent` : undefined
}
