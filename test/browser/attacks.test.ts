import type { ClientRequest, IncomingMessage } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startHub } from '../../src/page/hub/hub.ts'
import { openPage } from '../support/browser/page-browser.ts'
import { watchedServer } from '../support/browser/watched-server.ts'
import { rawHttp } from '../support/clients/raw-http.ts'
import { waitFor } from '../support/programs/wait-for.ts'

/** The cookie that the launch token gives. */
async function cookieOf(pageUrl: string): Promise<string> {
  const { headers, status } = await rawHttp(pageUrl)
  expect(status).toBe(303)
  return String(headers['set-cookie']).split(';')[0] ?? ''
}

function openStream(
  url: string,
  cookie: string,
): Promise<{ readonly sent: ClientRequest; readonly response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL('/page/stream', url), { headers: { cookie }, agent: false }, (response) =>
      resolve({ sent, response }),
    )
    sent.on('error', reject)
    sent.end()
    onTestFinished(() => void sent.destroy())
  })
}

const HOSTILE = [
  '<img src=x onerror="document.title=\'owned\'">',
  '</script><script>document.title="owned"</script>',
  'safe\u202egnp.exe',
  'zero\u200bwidth\u0000\u001b[31m',
  'x'.repeat(10_000),
]

describe('the live page under attack', () => {
  it('shows hostile names as text, and runs nothing of them', async () => {
    const hub = await startHub({
      host: '127.0.0.1',
      port: 0,
      otlpHttpPort: 0,
      otlpGrpcPort: 0,
      token: undefined,
      maxServers: 5,
      links: { grafana: undefined, traces: undefined },
      allowedHosts: [],
      runtimeFolder: '/nonexistent',
    })
    onTestFinished(hub.stop)
    const page = await openPage(hub.pageUrl)
    const point = (value: number) =>
      HOSTILE.map((name) => ({
        attributes: [
          { key: 'tool.name', value: { stringValue: name } },
          { key: 'status', value: { stringValue: 'error' } },
          { key: 'error.type', value: { stringValue: name } },
        ],
        asInt: String(value),
      }))
    const sum = (name: string, value: number) => ({
      name,
      sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: point(value) },
    })
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: HOSTILE[0] } }] }
    const send = async (value: number) => {
      const metrics = [sum('mcp.tool.calls', value), sum('mcp.tool.errors', value)]
      const answer = await fetch(`${hub.otlpHttpUrl}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
      })
      expect(answer.status).toBe(200)
    }
    await send(1)
    await page.waitForTimeout(1_500)
    await page.reload()
    await send(7)
    await page
      .locator('#tools tbody tr')
      .nth(HOSTILE.length - 1)
      .waitFor({ timeout: 20_000 })
    await page.locator('.causes li').first().waitFor({ timeout: 20_000 })

    const shown = (await page.locator('body').textContent()) ?? ''
    expect(await page.title()).not.toBe('owned')
    expect(await page.locator('img, iframe, body script').count()).toBe(0)
    expect(shown).toContain('\\u{202e}')
    expect(shown).toContain('\\u{200b}')
    expect(shown).not.toMatch(/[\u202e\u200b\u0000\u001b]/)
    expect(shown).not.toContain('x'.repeat(100))
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1280)
  })

  it('gives a stranger nothing: no token, another host, another origin, a page around it', async () => {
    const { pageUrl, metricsUrl } = await watchedServer()
    const cookie = await cookieOf(pageUrl)
    const get = (path: string, headers: Record<string, string> = {}) => rawHttp(metricsUrl, { path, headers })

    expect((await get('/')).status).toBe(401)
    expect((await get('/?token=wrong')).status).toBe(401)
    for (const path of ['/page/stream', '/page/trace?id=0']) expect((await get(path)).status, path).toBe(401)
    expect((await get('/page/trace?id=0', { cookie: `${cookie}x` })).status).toBe(401)
    expect((await get('/page/trace?id=0', { cookie })).status).toBe(200)
    // A rebound name sends the cookie of nobody, but is refused before that is looked at.
    for (const path of ['/', '/page/stream', '/page/main.js']) {
      expect((await get(path, { host: 'rebound.example', cookie })).status, path).toBe(403)
    }
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1']) {
      expect((await get('/page/stream', { origin, cookie })).status, origin).toBe(403)
    }
    expect((await get('/page/stream', { 'sec-fetch-site': 'same-site', cookie })).status).toBe(403)
    for (const path of [
      '/page/../../package.json',
      '/page/%2e%2e/page.ts',
      '/page/tsconfig.json',
      '/page/uplot.d.ts',
    ]) {
      expect((await get(path, { cookie })).status, path).toBe(404)
    }
    const { headers } = await get('/', { cookie })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(JSON.stringify(headers)).not.toContain('access-control')
  })

  it('is neither framed nor read by a page of another site', async () => {
    const { pageUrl, metricsUrl } = await watchedServer()
    const base = new URL('/', metricsUrl).href
    const evil = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<iframe src="${base}"></iframe>`)
    })
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void evil.close())
    const page = await openPage(pageUrl)
    await page.locator('#tools tbody tr').first().waitFor({ timeout: 20_000 })

    const other = await page.context().newPage()
    await other.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`)
    const frame = await (await other.locator('iframe').elementHandle())?.contentFrame()
    expect(await frame?.evaluate('document.getElementById("tools")').catch(() => null)).toBeNull()
    const read = `fetch('${base}page/trace?id=0', { credentials: 'include' }).then((r) => r.text(), () => 'refused')`
    expect(await other.evaluate(read)).toBe('refused')
  })

  it('serves 8 streams and refuses the others; a slow reader is dropped, and calls go on', async () => {
    const { pageUrl, url, metricsUrl } = await watchedServer()
    const cookie = await cookieOf(pageUrl)
    const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(pageUrl, cookie)))
    const statuses = streams.map(({ response }) => response.statusCode)
    expect(statuses.filter((status) => status === 200)).toHaveLength(8)
    expect(statuses.filter((status) => status === 503)).toHaveLength(92)
    expect((await fetch(metricsUrl)).status).toBe(200)
    expect(
      (
        await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
        })
      ).status,
    ).toBeLessThan(500)

    for (const { sent } of streams) sent.destroy()
    const answered = async () => {
      const { response, sent } = await openStream(pageUrl, cookie)
      sent.destroy()
      return response.statusCode === 200
    }
    await waitFor(answered, 10_000, 'a stream after the others closed')
  })
})
