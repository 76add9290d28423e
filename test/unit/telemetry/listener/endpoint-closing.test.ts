// What the end of the endpoint waits for, and what it does not.
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { answerBegun, LARGE, nextAnswer, SCRAPE, stallScrape } from '../../../support/clients/stall-scrape.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../support/collector/loopback-certificate.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { MetricsEndpoint } from '../../../support/telemetry/metrics-endpoint.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

describe('closing ends', () => {
  test.each([
    ['a request that was half sent', 'GET /metrics HT'],
    ['a connection that says nothing', ''],
    ['headers that do not end', 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n'],
  ])('%s', async (_, bytes) => {
    const served = await listenForScrapes()
    const socket = served.connect()
    socket.write(bytes)
    await accepted(served, socket)
    await endsWithin(2_000, served.endpoint.close(200))
    await waitFor(() => socket.destroyed)
  })

  test('a TLS handshake that does not go on', async () => {
    const served = await listenForScrapes({ tls: { cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY } })
    const socket = served.connect()
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.resume()
    await endsWithin(2_000, served.endpoint.close(200))
    await waitFor(() => socket.destroyed)
  })

  test('a reader that does not read', async () => {
    const served = await listenForScrapes(LARGE)
    const socket = stallScrape(served)
    await answerBegun(socket)
    await endsWithin(2_000, served.endpoint.close(200))
  })

  test('connections that are kept alive, at once', async () => {
    const served = await listenForScrapes()
    const socket = served.connect()
    socket.write(SCRAPE)
    await nextAnswer(socket)
    await endsWithin(5_000, served.endpoint.close(60_000))
  })

  test('when answers under way have gone out', async () => {
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

/** Another request, sent later, was answered: so this one was read. */
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
