// An endpoint in, a connection that asks it for a scrape and does not read it out; and answers as they come on a raw connection.
import type { Socket } from 'node:net'
import { waitFor } from '../programs/wait-for.ts'
import type { MetricsEndpoint } from '../telemetry/metrics-endpoint.ts'
import { rawHttp } from './raw-http.ts'

export const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
/** More than a kernel keeps for a reader that does not read. */
export const LARGE = { megabytes: 16 }

/** Asks for a scrape and does not read it. */
export function stallScrape({ connect: open }: MetricsEndpoint): Socket {
  const socket = open()
  socket.pause()
  socket.write(SCRAPE)
  return socket
}

/** Resolves when the first bytes of an answer are there to be read. */
export async function answerBegun(socket: Socket): Promise<void> {
  await new Promise((resolve) => {
    socket.once('readable', resolve)
  })
}

/** The text of a whole scrape, or nothing if it was refused. */
export async function scraped({ url }: MetricsEndpoint): Promise<string | undefined> {
  const { status, text } = await rawHttp(`${url}/metrics`)
  return status === 200 ? text : undefined
}

export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.removeAllListeners('readable')
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.resume()
  await waitFor(() => socket.destroyed || socket.readableEnded, 10_000, 'the end of the answer')
  return Buffer.concat(chunks).toString()
}

/** One answer: to its length, to its last chunk, or to the end of the connection. */
export async function nextAnswer(socket: Socket): Promise<string> {
  let text = ''
  const read = (chunk: Buffer) => {
    text += chunk.toString('latin1')
  }
  socket.on('data', read)
  const whole = () => {
    const body = text.indexOf('\r\n\r\n') + 4
    if (body < 4) return false
    const length = /content-length: (\d+)/i.exec(text)?.[1]
    return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= body + Number(length)
  }
  await waitFor(() => whole() || (text !== '' && socket.destroyed), 10_000, 'an answer')
  socket.off('data', read)
  return text
}
