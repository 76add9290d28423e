import { createServer, get } from 'node:http'
import { get as getTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Endpoint } from '../../../../src/telemetry/listener/endpoint.ts'
import { createEndpoint } from '../../../../src/telemetry/listener/endpoint.ts'
import { rawHttp } from '../../../support/clients/raw-http.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../support/collector/loopback-certificate.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import { parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import { CANARY, listenForScrapes } from '../../../support/telemetry/metrics-endpoint.ts'

const PATHS = ['/metrics', '/health', '/ready', '/', '/nothing'] as const

describe('GET /metrics', () => {
  it('returns text 0.0.4 by default and OpenMetrics on request, with the matching content type', async () => {
    const { url } = await listenForScrapes()
    const text = await rawHttp(`${url}/metrics`)
    expect([text.status, text.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(parseExposition(text.text, 'text').value('canary_total')).toBe(CANARY)
    const open = await rawHttp(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(parseExposition(open.text, 'openmetrics').value('canary_total')).toBe(CANARY)
  })

  it('returns the same text gzip-compressed when the client accepts gzip', async () => {
    const { url } = await listenForScrapes({ megabytes: 1 })
    const plain = await rawHttp(`${url}/metrics`)
    const packed = await new Promise<{ body: Buffer; coding: unknown; vary: unknown }>((resolve, reject) => {
      get(`${url}/metrics`, { headers: { 'accept-encoding': 'gzip' } }, async (response) => {
        const { 'content-encoding': coding, vary } = response.headers
        resolve({ body: Buffer.concat(await response.toArray()), coding, vary })
      }).on('error', reject)
    })
    expect([packed.coding, packed.vary]).toEqual(['gzip', 'Accept, Accept-Encoding'])
    expect(gunzipSync(packed.body).toString()).toBe(plain.text)
    expect(packed.body.length).toBeLessThan(plain.text.length / 5)
  })

  it('returns 404 with the reason when pull is off, while /health and /ready return 200', async () => {
    const { url } = await listenForScrapes({ scrape: 'Metrics are pushed.' })
    expect(await rawHttp(`${url}/metrics`)).toMatchObject({ status: 404, text: 'Metrics are pushed.\n' })
    expect((await rawHttp(`${url}/health`)).status).toBe(200)
    expect((await rawHttp(`${url}/ready`)).status).toBe(200)
  })

  it('requires the bearer token, which /health and /ready do not', async () => {
    const { url } = await listenForScrapes({ bearerToken: 'right-token' })
    for (const authorization of [
      '',
      'Bearer',
      'Bearer wrong',
      'Basic right-token',
      'Bearer right-tokenx',
      'right-token',
    ]) {
      expect(await rawHttp(`${url}/metrics`, { headers: { authorization } })).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="metrics"' },
      })
    }
    for (const authorization of ['Bearer right-token', 'bearer  right-token']) {
      expect((await rawHttp(`${url}/metrics`, { headers: { authorization } })).status).toBe(200)
    }
    for (const path of ['/health', '/ready']) expect((await rawHttp(url, { path })).status).toBe(200)
  })

  it('runs one collection for overlapping scrapes and another one for the next scrape', async () => {
    let collections = 0
    const gate = Promise.withResolvers<void>()
    const { endpoint } = await listenForScrapes({
      async collect(own) {
        collections += 1
        await gate.promise
        return own()
      },
    })
    const { url, requests } = await mount(endpoint)
    const scrapes = Array.from({ length: 5 }, () => rawHttp(url))
    await waitFor(() => requests() === 5)
    gate.resolve()
    for (const { status } of await Promise.all(scrapes)) expect(status).toBe(200)
    expect(collections).toBe(1)
    await rawHttp(url)
    expect(collections).toBe(2)
  })

  it('returns 500 without the error text when a collection fails, and collects again next time', async () => {
    let failing = true
    const { url } = await listenForScrapes({
      collect: (own) => (failing ? Promise.reject(new Error('secret')) : own()),
    })
    const failed = await rawHttp(`${url}/metrics`)
    expect(failed.status).toBe(500)
    expect(failed.text).not.toMatch(/secret|# /)
    failing = false
    expect((await rawHttp(`${url}/metrics`)).status).toBe(200)
  })

  it('returns 500 when a collection times out, and serves the next scrape', async () => {
    let hanging = true
    const { url } = await listenForScrapes({
      collect: (own) => (hanging ? new Promise(() => {}) : own()),
      collectTimeoutMs: 100,
      maxInFlight: 1,
    })
    expect((await rawHttp(`${url}/metrics`)).status).toBe(500)
    hanging = false
    expect((await rawHttp(`${url}/metrics`)).status).toBe(200)
  })

  it('returns the other metrics when part of a collection fails', async () => {
    const { url } = await listenForScrapes({
      collect: async (own) => ({ ...(await own()), errors: [new Error('one'), undefined] }),
    })
    expect(parseExposition((await rawHttp(`${url}/metrics`)).text, 'text').value('canary_total')).toBe(CANARY)
  })

  it('returns 500, not an empty 200, when everything in a collection fails', async () => {
    const { url } = await listenForScrapes({
      async collect(own) {
        const { resourceMetrics } = await own()
        return { resourceMetrics: { ...resourceMetrics, scopeMetrics: [] }, errors: [new Error('all')] }
      },
    })
    expect((await rawHttp(`${url}/metrics`)).status).toBe(500)
  })

  it('reports the duration of a complete response', async () => {
    const seconds: number[] = []
    const { url } = await listenForScrapes({ onScrape: (each) => seconds.push(each) })
    await rawHttp(`${url}/metrics`)
    await waitFor(() => seconds.length === 1)
    expect(seconds[0]).toBeGreaterThan(0)
    expect(seconds[0]).toBeLessThan(5)
  })
})

describe('GET /health', () => {
  it('returns "healthy" as JSON, even while /ready fails', async () => {
    const { url } = await listenForScrapes({ ready: () => ({ ready: false }) })
    const { status, text, headers } = await rawHttp(`${url}/health`)
    expect([status, text, headers['content-type']]).toEqual([
      200,
      '{"status":"healthy"}',
      'application/json; charset=utf-8',
    ])
  })
})

describe('GET /ready', () => {
  it.each([
    ['is not set', undefined, 200, []],
    ['passes', () => ({ ready: true }), 200, []],
    [
      'fails with a reason',
      async () => ({ ready: false, reasons: ['the cluster is gone'] }),
      503,
      ['the cluster is gone'],
    ],
    [
      'throws',
      () => {
        throw new Error('secret')
      },
      503,
      ['readiness could not be told'],
    ],
    ['rejects', () => Promise.reject(new Error('secret')), 503, ['readiness could not be told']],
    ['returns nothing', () => undefined as never, 503, ['readiness could not be told']],
  ])('reports a readiness check that %s', async (_, ready, status, reasons) => {
    const { url } = await listenForScrapes({ ready })
    const answer = await rawHttp(`${url}/ready`)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toEqual({ status: status === 200 ? 'ready' : 'not ready', reasons })
  })
})

describe('createEndpoint', () => {
  it('answers HEAD like GET, without the body', async () => {
    const { url } = await listenForScrapes({ ready: () => ({ ready: false, reasons: ['no'] }) })
    for (const path of PATHS) {
      const [head, full] = [await rawHttp(url, { path, method: 'HEAD' }), await rawHttp(url, { path })]
      expect([head.status, head.headers['content-type'], head.text]).toEqual([
        full.status,
        full.headers['content-type'],
        '',
      ])
    }
  })

  it('lists its paths at /, returns 404 for any other path, and ignores the query', async () => {
    const { url } = await listenForScrapes()
    expect((await rawHttp(`${url}/`)).text).toMatch(/\/metrics.*\/health.*\/ready/)
    for (const path of ['/nothing', '/metrics/', '/metricsx', '/Metrics', '/x/metrics']) {
      expect((await rawHttp(url, { path })).status, path).toBe(404)
    }
    expect((await rawHttp(`${url}/metrics?x=y`)).status).toBe(200)
  })

  it.each(['POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'PATCH', 'PROPFIND'])(
    'rejects %s with 405 on every path',
    async (method) => {
      const { url } = await listenForScrapes()
      for (const path of PATHS) {
        expect(await rawHttp(url, { path, method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
      }
    },
  )

  it.each([
    ['127.0.0.1:9464', 200],
    ['10.1.2.3', 200],
    ['[::1]:9464', 200],
    ['[2001:db8::1]', 200],
    ['LOCALHOST:1', 200],
    ['localhost.', 200],
    ['metrics.example:9464', 200],
    ['Metrics.Example', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['x.localhost', 403],
    ['localhost@evil.example', 403],
    ['evil.example:127', 403],
    ['127.1', 403],
    ['localhost:x', 403],
    ['', 400],
  ])('answers the Host header %j with %i on every path', async (host, status) => {
    const { url } = await listenForScrapes({ allowedHosts: ['metrics.example'] })
    for (const path of ['/metrics', '/health', '/ready', '/']) {
      expect((await rawHttp(url, { path, headers: { host } })).status, path).toBe(status)
    }
  })

  it.each([
    ['http://localhost:3000', 200],
    ['http://127.0.0.1:3000', 200],
    ['http://[::1]:3000', 200],
    ['http://10.0.0.7:9464', 200],
    ['https://metrics.example', 403],
    ['http://evil.example', 403],
    ['http://203.0.113.5', 403],
    ['http://10.0.0.7:9465', 403],
    ['null', 403],
    ['127.0.0.1', 403],
    ['http://localhost.evil.example', 403],
  ])('answers the Origin header %s with %i', async (origin, status) => {
    const { url } = await listenForScrapes({ allowedHosts: ['metrics.example'] })
    const headers = { host: '10.0.0.7:9464', origin }
    for (const path of ['/metrics', '/health']) {
      expect((await rawHttp(url, { path, headers })).status, path).toBe(status)
    }
  })

  it('serves HTTPS when it has a certificate', async () => {
    const { url } = await listenForScrapes({ tls: { cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY } })
    expect(url).toMatch(/^https:/)
    const text = await new Promise<string>((resolve, reject) => {
      getTls(`${url}/metrics`, { ca: LOOPBACK_CERTIFICATE }, async (response) => {
        let body = ''
        for await (const chunk of response) body += chunk
        resolve(body)
      }).on('error', reject)
    })
    expect(parseExposition(text, 'text').value('canary_total')).toBe(CANARY)
  })

  it('serves metrics from any path when its handler is mounted in another server', async () => {
    const { endpoint } = await listenForScrapes()
    const { url } = await mount(endpoint)
    expect(parseExposition((await rawHttp(`${url}/deep/down`)).text, 'text').value('canary_total')).toBe(CANARY)
    expect((await rawHttp(url, { method: 'POST' })).status).toBe(405)
  })

  it('rejects with EADDRINUSE when the port is taken, and can listen on another port', async () => {
    const { port } = await listenForScrapes()
    const endpoint = createEndpoint({ scrape: 'none' })
    await expect(endpoint.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const url = await endpoint.listen({ host: '127.0.0.1', port: 0 })
    expect((await rawHttp(`${url}/health`)).status).toBe(200)
    await endpoint.close(0)
  })
})

async function mount(endpoint: Endpoint): Promise<{ url: string; requests(): number }> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    endpoint.handler(request, response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await waitFor(() => server.listening)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}
