import { describe, expect, it } from 'vitest'
import { headersForClient, headersForUpstream } from '../../../../src/attach/proxy/pass-headers.ts'

function message(given: Readonly<Record<string, string>>) {
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  return { headers, rawHeaders: Object.entries(given).flat(), socket: { remoteAddress: '10.0.0.1' } as never }
}

const options = { host: 'up:8000', withoutAuthorization: false, isRead: true, isSecure: false }
const upstream = new URL('http://up:8000/mcp')

describe('headersForUpstream', () => {
  it('passes the headers of the message on as they were written, and none of the connection', () => {
    const request = message({
      Host: 'mcp.example.com',
      Authorization: 'Bearer x',
      'Mcp-Session-Id': 's',
      'Last-Event-ID': 'e',
      Connection: 'keep-alive, X-Hop',
      'X-Hop': '1',
      'Keep-Alive': 'timeout=5',
      TE: 'trailers',
      'Accept-Encoding': 'gzip',
      'X-Forwarded-For': '192.0.2.1',
    })

    expect(headersForUpstream(request, options)).toEqual([
      ...['Host', 'up:8000', 'Authorization', 'Bearer x', 'Mcp-Session-Id', 's', 'Last-Event-ID', 'e'],
      ...['Accept-Encoding', 'identity', 'X-Forwarded-For', '192.0.2.1, 10.0.0.1'],
      ...['X-Forwarded-Host', 'mcp.example.com', 'X-Forwarded-Proto', 'http'],
    ])
  })

  it('keeps the token of the proxy to itself, and the encoding of what is not read', () => {
    const request = message({ Authorization: 'Bearer x', 'Accept-Encoding': 'gzip' })
    const headers = headersForUpstream(request, { ...options, withoutAuthorization: true, isRead: false })

    expect(headers).not.toContain('Bearer x')
    expect(headers).toContain('gzip')
  })
})

describe('headersForClient', () => {
  it.each([
    ['http://up:8000/mcp/?a=b#c', '/mcp/?a=b#c'],
    ['https://login.example.com/', 'https://login.example.com/'],
    ['http://up:8001/', 'http://up:8001/'],
    ['/relative', '/relative'],
  ])('sends a redirect to %s to %s', (location, sent) => {
    expect(headersForClient(message({ Location: location }), upstream)).toEqual(['Location', sent])
  })
})
