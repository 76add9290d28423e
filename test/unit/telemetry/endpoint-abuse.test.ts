import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../support/loopback-certificate.ts'
import type { MetricsEndpoint } from '../../support/metrics-endpoint.ts'
import { CANARY, listenForScrapes } from '../../support/metrics-endpoint.ts'
import { parseExposition } from '../../support/openmetrics-parser.ts'
import { rawHttp } from '../../support/raw-http.ts'
import { waitFor } from '../../support/wait-for.ts'

const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
/** More than a kernel keeps for a reader that does not read. */
const LARGE = { megabytes: 16 }
const MANY = 100
/** The last chunk of an answer. */
const WHOLE = /\r\n0\r\n\r\n$/

describe('readers that do not read', () => {
  test('a hundred of them keep an honest scraper waiting for a moment only', async () => {
    const served = await listenForScrapes({ ...LARGE, stallMs: 200 })
    const startedAt = performance.now()
    for (let reader = 0; reader < MANY; reader += 1) stall(served)
    const text = await waitFor(async () => honest(served), 10_000, 'an honest scrape')
    expect(parseExposition(text, 'text').value('canary_total')).toBe(CANARY)
    expect(performance.now() - startedAt).toBeLessThan(8_000)
  })

  test('while there is room for none, a scraper is told to come again', async () => {
    const served = await listenForScrapes({ ...LARGE, maxInFlight: 2, stallMs: 60_000 })
    await Promise.all([started(stall(served)), started(stall(served))])
    expect(await rawHttp(`${served.url}/metrics`)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect((await rawHttp(`${served.url}/health`)).status).toBe(200)
  })

  test('each is cut off after a while', async () => {
    const served = await listenForScrapes({ ...LARGE, writeTimeoutMs: 300, stallMs: 60_000, maxInFlight: 1 })
    const reader = stall(served)
    await started(reader)
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
    await started(patient)
    await started(stall(served))
    // The other one is cut off.
    await waitFor(() => hasRoom(served), 10_000, 'room for another')
    expect(await readToEnd(patient)).toMatch(WHOLE)
  })
})

test('readers that go away in the middle leave nothing behind', async () => {
  const served = await listenForScrapes({ ...LARGE, maxInFlight: 2, stallMs: 60_000 })
  for (let reader = 0; reader < 10; reader += 1) {
    const socket = stall(served)
    await started(socket)
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

test('three hundred scrapes sent at once on one connection are one answer, and refusals', async () => {
  const served = await listenForScrapes(LARGE)
  const socket = served.connect()
  socket.pause()
  socket.write(SCRAPE.repeat(299) + SCRAPE.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  await started(socket)
  const text = await waitFor(() => honest(served), 10_000, 'an honest scrape')
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
    const socket = stall(served)
    await started(socket)
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

/** Asks for a scrape and does not read it. */
function stall({ connect: open }: MetricsEndpoint): Socket {
  const socket = open()
  socket.pause()
  socket.write(SCRAPE)
  return socket
}

/** Resolves when the first bytes of an answer are there to be read. */
async function started(socket: Socket): Promise<void> {
  await new Promise((resolve) => {
    socket.once('readable', resolve)
  })
}

/** The text of a whole scrape, or nothing if it was refused. */
async function honest({ url }: MetricsEndpoint): Promise<string | undefined> {
  const { status, text } = await rawHttp(`${url}/metrics`)
  return status === 200 ? text : undefined
}

/** Nothing is written for a HEAD, so that it is not cut off itself. */
async function hasRoom({ url }: MetricsEndpoint): Promise<boolean> {
  return (await rawHttp(`${url}/metrics`, { method: 'HEAD' })).status === 200
}

async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.removeAllListeners('readable')
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.resume()
  await waitFor(() => socket.destroyed || socket.readableEnded, 10_000, 'the end of the answer')
  return Buffer.concat(chunks).toString()
}

/** One answer: to its length, to its last chunk, or to the end of the connection. */
async function nextAnswer(socket: Socket): Promise<string> {
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
