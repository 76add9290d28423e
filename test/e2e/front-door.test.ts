// Tests access control over HTTP: hosts, origins, tokens, and the rate limit of each principal.
import { describe, expect, it } from 'vitest'
import { rawHttp, rawPost } from '../support/clients/raw-http.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { startTestApp } from '../support/servers/test-app.ts'

describe('the MCP endpoint', () => {
  const EVIL_HOSTS = [
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'a@127.0.0.1',
  ]
  const EVIL_ORIGINS = [
    'http://evil.example',
    'null',
    'http://localhost.evil.example',
    'http://203.0.113.9',
    'file://',
    'http://127.0.0.1@evil.example',
  ]

  const ROUTES = [
    ['POST', '/mcp'],
    ['GET', '/mcp'],
    ['DELETE', '/mcp'],
    ['OPTIONS', '/mcp'],
    ['GET', '/'],
    ['GET', '/x'],
  ] as const

  it('rejects a foreign Host with 403 on every route and method, without repeating the name', async () => {
    const { url } = await startTestApp()

    for (const host of EVIL_HOSTS) {
      for (const [method, path] of ROUTES) {
        const answer = await rawHttp(url, { method, path, headers: { host } })
        expect([host, method, path, answer.status]).toEqual([host, method, path, 403])
        expect(JSON.parse(answer.text).error.message).not.toContain('evil')
      }
    }
  })

  it('rejects a foreign Origin with 403 on every route and method, without Access-Control-Allow-Origin', async () => {
    const { url } = await startTestApp()

    for (const origin of EVIL_ORIGINS) {
      for (const [method, path] of ROUTES) {
        const answer = await rawHttp(url, { method, path, headers: { origin } })
        expect([origin, method, path, answer.status]).toEqual([origin, method, path, 403])
        expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      }
    }
  })

  it('accepts IP, loopback and allowed hosts, and grants CORS to loopback and exactly allowed origins', async () => {
    const { url } = await startTestApp([
      '--allowed-hosts',
      'mcp.example',
      '--allowed-origins',
      'https://app.example:8443',
    ])

    for (const host of [
      'localhost',
      'LOCALHOST:3000',
      '127.0.0.1:1',
      '[::1]:3000',
      '10.1.2.3',
      'mcp.example',
      'mcp.example:443',
    ]) {
      expect([host, (await rawPost(url, { host })).status]).toEqual([host, 200])
    }
    for (const origin of [
      'http://localhost:6274',
      'http://127.0.0.1',
      'http://[::1]:5173',
      'https://app.example:8443',
    ]) {
      const answer = await rawPost(url, { origin })
      expect([origin, answer.status]).toEqual([origin, 200])
      expect(answer.headers['access-control-allow-origin']).toBe(origin)
    }
    expect((await rawPost(url, { origin: 'https://app.example' })).status).toBe(403)
  })

  it('answers a preflight request from an allowed origin with 204 and its headers, without a token', async () => {
    const { url } = await startTestApp(['--token-file', temporaryFile('the-token')])

    const answer = await rawHttp(url, { method: 'OPTIONS', headers: { origin: 'http://localhost:6274' } })

    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-headers']).toContain('mcp-session-id')
  })

  it('requires one of the tokens, and returns 401 with WWW-Authenticate for a missing or invalid one', async () => {
    const { url } = await startTestApp(['--token-file', temporaryFile('the-token\nanother')])

    const none = await rawPost(url, {})
    expect(none.status).toBe(401)
    expect(none.headers['www-authenticate']).toBe('Bearer realm="mcp-hello-server"')
    for (const authorization of [
      'Bearer wrong',
      'Bearer',
      'Basic dGhlLXRva2Vu',
      'Bearer the-token2',
      'the-token',
      'Bearer the-token x',
    ]) {
      const answer = await rawPost(url, { authorization })
      expect([authorization, answer.status]).toEqual([authorization, 401])
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
    }
    expect((await rawPost(url, { authorization: 'Bearer the-token' })).status).toBe(200)
    expect((await rawPost(url, { authorization: 'bearer another' })).status).toBe(200)
  })

  it('counts requests rejected with 401 and 403 in the HTTP metrics', async () => {
    const { url, metricsUrl } = await startTestApp(['--token-file', temporaryFile('the-token')])
    await rawPost(url, {})
    await rawPost(url, { host: 'evil.example' })

    const series = await scrapeSeries(metricsUrl)

    const counted = [...series.keys()].filter((name) => name.startsWith('http_server_request_duration_seconds_count'))
    expect(counted.some((name) => name.includes('http_response_status_code="401"'))).toBe(true)
    expect(counted.some((name) => name.includes('http_response_status_code="403"'))).toBe(true)
  })
})

describe('--rate-limit', () => {
  it('rejects requests beyond the burst with 429 and Retry-After, for that principal only', async () => {
    // So slow that no machine is: the next message would pass after 1,000 s.
    const { url } = await startTestApp(['--rate-limit', '0.001', '--token-file', temporaryFile('greedy\nmodest')])
    const ask = (token: string) => rawPost(url, { authorization: `Bearer ${token}`, 'mcp-session-id': 'x' })

    expect((await ask('greedy')).status).toBe(404)
    const refused = await ask('greedy')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(100)
    expect((await ask('modest')).status).toBe(404)
  })

  it('counts an initialize request as ten messages', async () => {
    const { url } = await startTestApp(['--rate-limit', '0.001'])

    expect((await rawPost(url, {})).status).toBe(200)
    // One message was left, so it passed; nine more are owed.
    const refused = await rawPost(url, {})
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(9_000)
  })
})
