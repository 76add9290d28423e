// Tests the metrics endpoint with requests that no scraper sends: too many, too large, incomplete or invalid.
import { describe, expect, it } from 'vitest'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { answerBegun, LARGE, nextAnswer, readToEnd, SCRAPE, scraped } from '../../../support/clients/stall-scrape.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import { parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

describe('the metrics endpoint', () => {
  it('answers most of 300 pipelined scrapes with 503, and still serves an honest scraper', async () => {
    const served = await listenForScrapes(LARGE)
    const socket = served.connect()
    socket.pause()
    socket.write(SCRAPE.repeat(299) + SCRAPE.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    await answerBegun(socket)
    const text = await waitFor(() => scraped(served), 10_000, 'an honest scrape')
    expect(parseExposition(text, 'text').value('canary_total')).toBe(CANARY)
    const statuses = [...(await readToEnd(socket)).matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)
    expect(statuses).toHaveLength(300)
    expect(statuses[0]).toBe('200')
    // Requests that are parsed after the client starts to read are answered one after another.
    expect(statuses.filter((status) => status === '503').length).toBeGreaterThan(200)
  })

  it('answers 50 scrapes that are sent one after another on one connection', async () => {
    const served = await listenForScrapes()
    const socket = served.connect()
    for (let scrape = 1; scrape <= 50; scrape += 1) {
      socket.write(SCRAPE)
      const answer = await nextAnswer(socket)
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      expect(answer).toContain(`canary_total ${CANARY}\n`)
    }
  })

  it('answers a 10 MiB POST with 405 and closes the connection', async () => {
    const served = await listenForScrapes()
    const socket = served.connect()
    const size = 10 * 1024 * 1024
    socket.write(`POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${size}\r\n\r\n`)
    const answer = await nextAnswer(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 405 /)
    socket.write(Buffer.alloc(size))
    await waitFor(() => socket.destroyed, 10_000, 'the connection being closed')
  })

  it('serves a complete request next to 300 half-sent ones, and closes these', async () => {
    const served = await listenForScrapes()
    const slow = Array.from({ length: 300 }, () => served.connect())
    for (const socket of slow) socket.write('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
    expect((await rawHttp(`${served.url}/metrics`)).status).toBe(200)
    for (const socket of slow) socket.resume()
    await waitFor(() => slow.every((socket) => socket.destroyed), 12_000, 'the slow ones being closed')
  })

  it.each([
    ['a request without a Host header', 'GET /metrics HTTP/1.1\r\n\r\n', 400],
    ['an HTTP/1.0 request without a Host header', 'GET /metrics HTTP/1.0\r\n\r\n', 400],
    ['an unknown Host header', 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n', 403],
    ['bytes that are not HTTP', 'hello\r\n\r\n', 400],
    ['headers that are too large', `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a TLS handshake', '\u0016\u0003\u0001\u0000\u0005hello', 400],
  ])('rejects %s, and serves the next request', async (_, bytes, status) => {
    const served = await listenForScrapes()
    const socket = served.connect()
    socket.write(bytes, 'latin1')
    expect(await nextAnswer(socket)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect((await rawHttp(`${served.url}/metrics`)).status).toBe(200)
  })
})
