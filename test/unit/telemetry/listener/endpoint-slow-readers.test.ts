// Tests /metrics with scrapers that read slowly, never read, disconnect or wait.
import { describe, expect, it } from 'vitest'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { answerBegun, LARGE, readToEnd, SCRAPE, scraped, stallScrape } from '../../../support/clients/stall-scrape.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import { parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import type { MetricsEndpoint } from '../../../support/telemetry/metrics-endpoint.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

const MANY = 100
/** The last chunk of a complete response. */
const WHOLE = /\r\n0\r\n\r\n$/

describe('GET /metrics', () => {
  describe('when clients do not read their response', () => {
    it('serves an honest scraper within 8 seconds next to 100 stalled clients', async () => {
      const served = await listenForScrapes({ ...LARGE, stallMs: 200 })
      const startedAt = performance.now()
      for (let reader = 0; reader < MANY; reader += 1) stallScrape(served)
      const text = await waitFor(async () => scraped(served), 10_000, 'an honest scrape')
      expect(parseExposition(text, 'text').value('canary_total')).toBe(CANARY)
      expect(performance.now() - startedAt).toBeLessThan(8_000)
    })

    it('returns 503 with Retry-After while all slots are taken, and 200 on /health', async () => {
      const served = await listenForScrapes({ ...LARGE, maxInFlight: 2, stallMs: 60_000 })
      await Promise.all([answerBegun(stallScrape(served)), answerBegun(stallScrape(served))])
      expect(await rawHttp(`${served.url}/metrics`)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
      expect((await rawHttp(`${served.url}/health`)).status).toBe(200)
    })

    it('cuts off a stalled client after the write timeout and frees its slot', async () => {
      const served = await listenForScrapes({ ...LARGE, writeTimeoutMs: 300, stallMs: 60_000, maxInFlight: 1 })
      const reader = stallScrape(served)
      await answerBegun(reader)
      expect((await rawHttp(`${served.url}/metrics`)).status).toBe(503)
      await waitFor(() => hasRoom(served), 10_000, 'room for another')
      const read = await readToEnd(reader)
      expect(read).toContain('200 OK')
      expect(read).not.toMatch(WHOLE)
    })

    it('lets a slow client use the longer scrape timeout that Prometheus sends', async () => {
      const served = await listenForScrapes({ ...LARGE, writeTimeoutMs: 300, stallMs: 60_000, maxInFlight: 2 })
      const patient = served.connect()
      patient.pause()
      patient.write(
        SCRAPE.replace('\r\n\r\n', '\r\nX-Prometheus-Scrape-Timeout-Seconds: 30\r\nConnection: close\r\n\r\n'),
      )
      await answerBegun(patient)
      await answerBegun(stallScrape(served))
      // The server cuts the other client off.
      await waitFor(() => hasRoom(served), 10_000, 'room for another')
      expect(await readToEnd(patient)).toMatch(WHOLE)
    })
  })

  it('frees the slot of a client that disconnects during the response', async () => {
    const served = await listenForScrapes({ ...LARGE, maxInFlight: 2, stallMs: 60_000 })
    for (let reader = 0; reader < 10; reader += 1) {
      const socket = stallScrape(served)
      await answerBegun(socket)
      socket.destroy()
      await waitFor(() => hasRoom(served))
    }
    expect((await rawHttp(`${served.url}/metrics`)).status).toBe(200)
  })

  it('frees the slot of a client that disconnects during the collection', async () => {
    const gate = Promise.withResolvers<void>()
    let collections = 0
    const served = await listenForScrapes({
      maxInFlight: 1,
      async collect(own) {
        collections += 1
        await gate.promise
        return own()
      },
    })
    const socket = served.connect()
    socket.write(SCRAPE)
    await waitFor(() => collections === 1)
    socket.destroy()
    gate.resolve()
    await waitFor(async () => (await rawHttp(`${served.url}/metrics`)).status === 200)
  })

  it('frees the slot of a scrape that waits behind another response when its connection closes', async () => {
    const never = { stallMs: 60_000, writeTimeoutMs: 60_000 }
    const served = await listenForScrapes({ ...never, ready: () => new Promise(() => {}), maxInFlight: 1 })
    const socket = served.connect()
    socket.write(`GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${SCRAPE}`)
    await waitFor(async () => !(await hasRoom(served)), 10_000, 'the scrape under way')
    socket.destroy()
    await waitFor(() => hasRoom(served), 10_000, 'room for another')
  })

  it('rejects a later scraper during a slow collection, and completes the first scrape', async () => {
    const gate = Promise.withResolvers<void>()
    let collecting = false
    const served = await listenForScrapes({
      maxInFlight: 1,
      stallMs: 0,
      async collect(own) {
        collecting = true
        await gate.promise
        return own()
      },
    })
    const first = rawHttp(`${served.url}/metrics`)
    await waitFor(() => collecting)
    expect((await rawHttp(`${served.url}/metrics`)).status).toBe(503)
    gate.resolve()
    expect((await first).status).toBe(200)
  })

  it('closes the connection of a scrape whose collection exceeds the write timeout', async () => {
    const served = await listenForScrapes({ collect: () => new Promise(() => {}), writeTimeoutMs: 100 })
    const socket = served.connect()
    socket.resume()
    socket.write(SCRAPE)
    await waitFor(() => socket.destroyed, 3_000, 'the connection being closed')
  })
})

/** Sends HEAD: its response has no body, so the server does not cut it off. */
async function hasRoom({ url }: MetricsEndpoint): Promise<boolean> {
  return (await rawHttp(`${url}/metrics`, { method: 'HEAD' })).status === 200
}
