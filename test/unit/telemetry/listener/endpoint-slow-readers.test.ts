// Scrapers that read late or never, go away, or wait: the room that they take is given back, and others are served.
import { describe, expect, test } from 'vitest'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { answerBegun, LARGE, readToEnd, SCRAPE, scraped, stallScrape } from '../../../support/clients/stall-scrape.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import { parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import type { MetricsEndpoint } from '../../../support/telemetry/metrics-endpoint.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

const MANY = 100
/** The last chunk of an answer. */
const WHOLE = /\r\n0\r\n\r\n$/

describe('readers that do not read', () => {
  test('a hundred of them keep an honest scraper waiting for a moment only', async () => {
    const served = await listenForScrapes({ ...LARGE, stallMs: 200 })
    const startedAt = performance.now()
    for (let reader = 0; reader < MANY; reader += 1) stallScrape(served)
    const text = await waitFor(async () => scraped(served), 10_000, 'an honest scrape')
    expect(parseExposition(text, 'text').value('canary_total')).toBe(CANARY)
    expect(performance.now() - startedAt).toBeLessThan(8_000)
  })

  test('while there is room for none, a scraper is told to come again', async () => {
    const served = await listenForScrapes({ ...LARGE, maxInFlight: 2, stallMs: 60_000 })
    await Promise.all([answerBegun(stallScrape(served)), answerBegun(stallScrape(served))])
    expect(await rawHttp(`${served.url}/metrics`)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect((await rawHttp(`${served.url}/health`)).status).toBe(200)
  })

  test('each is cut off after a while', async () => {
    const served = await listenForScrapes({ ...LARGE, writeTimeoutMs: 300, stallMs: 60_000, maxInFlight: 1 })
    const reader = stallScrape(served)
    await answerBegun(reader)
    expect((await rawHttp(`${served.url}/metrics`)).status).toBe(503)
    await waitFor(() => hasRoom(served), 10_000, 'room for another')
    const read = await readToEnd(reader)
    expect(read).toContain('200 OK')
    expect(read).not.toMatch(WHOLE)
  })

  test('one that Prometheus gives more time than that has it', async () => {
    const served = await listenForScrapes({ ...LARGE, writeTimeoutMs: 300, stallMs: 60_000, maxInFlight: 2 })
    const patient = served.connect()
    patient.pause()
    patient.write(
      SCRAPE.replace('\r\n\r\n', '\r\nX-Prometheus-Scrape-Timeout-Seconds: 30\r\nConnection: close\r\n\r\n'),
    )
    await answerBegun(patient)
    await answerBegun(stallScrape(served))
    // The other one is cut off.
    await waitFor(() => hasRoom(served), 10_000, 'room for another')
    expect(await readToEnd(patient)).toMatch(WHOLE)
  })
})

test('readers that go away in the middle leave nothing behind', async () => {
  const served = await listenForScrapes({ ...LARGE, maxInFlight: 2, stallMs: 60_000 })
  for (let reader = 0; reader < 10; reader += 1) {
    const socket = stallScrape(served)
    await answerBegun(socket)
    socket.destroy()
    await waitFor(() => hasRoom(served))
  }
  expect((await rawHttp(`${served.url}/metrics`)).status).toBe(200)
})

test('a reader that goes away while metrics are collected gives its room back', async () => {
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

test('a scrape that waits behind another answer gives its room back when the connection goes', async () => {
  const never = { stallMs: 60_000, writeTimeoutMs: 60_000 }
  const served = await listenForScrapes({ ...never, ready: () => new Promise(() => {}), maxInFlight: 1 })
  const socket = served.connect()
  socket.write(`GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${SCRAPE}`)
  await waitFor(async () => !(await hasRoom(served)), 10_000, 'the scrape under way')
  socket.destroy()
  await waitFor(() => hasRoom(served), 10_000, 'room for another')
})

test('those who wait for a slow collection do not make way for who comes later', async () => {
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

test('a scrape that is not collected in time is cut off', async () => {
  const served = await listenForScrapes({ collect: () => new Promise(() => {}), writeTimeoutMs: 100 })
  const socket = served.connect()
  socket.resume()
  socket.write(SCRAPE)
  await waitFor(() => socket.destroyed, 3_000, 'the connection being closed')
})

/** Nothing is written for a HEAD, so that it is not cut off itself. */
async function hasRoom({ url }: MetricsEndpoint): Promise<boolean> {
  return (await rawHttp(`${url}/metrics`, { method: 'HEAD' })).status === 200
}
