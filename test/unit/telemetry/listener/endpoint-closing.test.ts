// Tests which connections the metrics endpoint waits for when it closes.
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { answerBegun, LARGE, nextAnswer, SCRAPE, stallScrape } from '../../../support/clients/stall-scrape.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../support/collector/loopback-certificate.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { MetricsEndpoint } from '../../../support/telemetry/metrics-endpoint.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

describe('Endpoint.close', () => {
  it.each([
    ['a half-sent request line', 'GET /metrics HT'],
    ['no bytes sent', ''],
    ['unfinished headers', 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n'],
  ])('closes a connection with %s', async (_, bytes) => {
    const served = await listenForScrapes()
    const socket = served.connect()
    socket.write(bytes)
    await accepted(served, socket)
    await endsWithin(2_000, served.endpoint.close(200))
    await waitFor(() => socket.destroyed)
  })

  it('closes a connection with an unfinished TLS handshake', async () => {
    const served = await listenForScrapes({ tls: { cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY } })
    const socket = served.connect()
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.resume()
    await endsWithin(2_000, served.endpoint.close(200))
    await waitFor(() => socket.destroyed)
  })

  it('resolves although a client does not read its response', async () => {
    const served = await listenForScrapes(LARGE)
    const socket = stallScrape(served)
    await answerBegun(socket)
    await endsWithin(2_000, served.endpoint.close(200))
  })

  it('closes idle keep-alive connections at once', async () => {
    const served = await listenForScrapes()
    const socket = served.connect()
    socket.write(SCRAPE)
    await nextAnswer(socket)
    await endsWithin(5_000, served.endpoint.close(60_000))
  })

  it('stops listening, finishes responses in progress, and resolves for every caller', async () => {
    const gate = Promise.withResolvers<void>()
    let collecting = false
    const served = await listenForScrapes({
      async collect(own) {
        collecting = true
        await gate.promise
        return own()
      },
    })
    const socket = served.connect()
    socket.write(SCRAPE)
    await waitFor(() => collecting)
    const closed = served.endpoint.close(60_000)
    const again = served.endpoint.close(60_000)
    await expect(refusedAt(served.port)).resolves.toBe('ECONNREFUSED')
    gate.resolve()
    expect(await nextAnswer(socket)).toContain(`canary_total ${CANARY}\n`)
    await endsWithin(5_000, Promise.all([closed, again]))
  })
})

/** Waits until the server has read from the socket: a request that is sent later has been answered. */
async function accepted({ url }: MetricsEndpoint, socket: Socket): Promise<void> {
  await waitFor(() => socket.bytesWritten > 0 || !socket.connecting)
  await rawHttp(`${url}/health`)
  socket.resume()
}

async function endsWithin(ms: number, work: Promise<unknown>): Promise<void> {
  let done = false
  void work.then(() => {
    done = true
  })
  await waitFor(() => done, ms, 'the end')
}

async function refusedAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
