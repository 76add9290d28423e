// Requests that no scraper sends: too many, too large, half, or none at all.
import { expect, test } from 'vitest'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { answerBegun, LARGE, nextAnswer, readToEnd, SCRAPE, scraped } from '../../../support/clients/stall-scrape.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import { parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

test('three hundred scrapes sent at once on one connection are one answer, and refusals', async () => {
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
  // Those that were parsed once it was read came one after another again.
  expect(statuses.filter((status) => status === '503').length).toBeGreaterThan(200)
})

test('scrapes one after another on one connection are all answered', async () => {
  const served = await listenForScrapes()
  const socket = served.connect()
  for (let scrape = 1; scrape <= 50; scrape += 1) {
    socket.write(SCRAPE)
    const answer = await nextAnswer(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain(`canary_total ${CANARY}\n`)
  }
})

test('ten megabytes that nobody asked for are not read', async () => {
  const served = await listenForScrapes()
  const socket = served.connect()
  const size = 10 * 1024 * 1024
  socket.write(`POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${size}\r\n\r\n`)
  const answer = await nextAnswer(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 405 /)
  socket.write(Buffer.alloc(size))
  await waitFor(() => socket.destroyed, 10_000, 'the connection being closed')
})

test('three hundred half-sent requests are not in the way of a whole one, and go away', async () => {
  const served = await listenForScrapes()
  const slow = Array.from({ length: 300 }, () => served.connect())
  for (const socket of slow) socket.write('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
  expect((await rawHttp(`${served.url}/metrics`)).status).toBe(200)
  for (const socket of slow) socket.resume()
  await waitFor(() => slow.every((socket) => socket.destroyed), 12_000, 'the slow ones being closed')
})

test.each([
  ['a host that is missing', 'GET /metrics HTTP/1.1\r\n\r\n', 400],
  ['a host that is missing, as long ago', 'GET /metrics HTTP/1.0\r\n\r\n', 400],
  ['a host that is evil', 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n', 403],
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['headers without end', `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['TLS', '\u0016\u0003\u0001\u0000\u0005hello', 400],
])('%s is refused, and the next one served', async (_, bytes, status) => {
  const served = await listenForScrapes()
  const socket = served.connect()
  socket.write(bytes, 'latin1')
  expect(await nextAnswer(socket)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect((await rawHttp(`${served.url}/metrics`)).status).toBe(200)
})
