import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { describe, expect, it } from 'vitest'
import {
  connectionFacts,
  networkOf,
  receivedFacts,
  sendFacts,
} from '../../../../src/instrumentation/in-process/transport-facts.ts'

describe('networkOf', () => {
  it('knows a server over stdio, over HTTP and in memory', () => {
    expect(networkOf(new StdioServerTransport())).toEqual({ networkTransport: 'pipe' })
    expect(networkOf(new StreamableHTTPServerTransport())).toEqual({ networkTransport: 'tcp', networkProtocol: 'http' })
    expect(networkOf(InMemoryTransport.createLinkedPair()[0])).toEqual({})
  })

  it('knows a client over stdio and over HTTP, with the address that it calls', () => {
    expect(networkOf(new StdioClientTransport({ command: 'true' }))).toEqual({ networkTransport: 'pipe' })
    expect(networkOf(new StreamableHTTPClientTransport(new URL('https://mcp.example/mcp')))).toEqual({
      networkTransport: 'tcp',
      networkProtocol: 'http',
      serverAddress: 'mcp.example',
      serverPort: 443,
    })
  })

  it('knows WebSocket by the scheme of the address', () => {
    expect(networkOf({ _url: new URL('ws://127.0.0.1:8080/mcp') })).toMatchObject({
      networkProtocol: 'websocket',
      serverPort: 8080,
    })
  })

  it('does not go by the name of a class, which bundlers change', () => {
    class HttpLookalike {}
    class a extends StdioServerTransport {}
    expect(networkOf(new HttpLookalike())).toEqual({})
    expect(networkOf(new a())).toEqual({ networkTransport: 'pipe' })
  })
})

describe('connectionFacts', () => {
  const transport = () => ({
    sessionId: undefined,
    asked: [] as unknown[],
    handleRequest(...args: unknown[]) {
      this.asked.push(...args)
      return 'answered'
    },
  })

  it.each([
    ['1.1', '1.1'],
    ['2.0', '2'],
  ])('learns from a request of node:http with version %s that HTTP is %s', (httpVersion, version) => {
    const http = transport()
    const { network } = connectionFacts(http)
    expect(network.networkProtocolVersion).toBeUndefined()
    const request = { httpVersion }
    expect(http.handleRequest(request, 'response')).toBe('answered')
    expect(http.asked).toEqual([request, 'response'])
    expect(network.networkProtocolVersion).toBe(version)
    expect(connectionFacts(http).network.networkProtocolVersion).toBe(version)
  })

  it('learns nothing from a request of the Fetch API, or of a transport that is frozen', () => {
    const fetched = transport()
    const { network } = connectionFacts(fetched)
    fetched.handleRequest(new Request('http://127.0.0.1/mcp'))
    expect(network.networkProtocolVersion).toBeUndefined()
    const frozen = Object.freeze(transport())
    expect(connectionFacts(frozen).network).toMatchObject({ networkProtocol: 'http' })
    expect(frozen.handleRequest({ httpVersion: '1.1' })).toBe('answered')
  })
})

describe('receivedFacts', () => {
  it.each([
    ['SDK v1', { requestInfo: { headers: { 'mcp-protocol-version': '2025-06-18' } } }],
    ['SDK v2', { request: { headers: new Headers({ 'MCP-Protocol-Version': '2025-06-18' }) } }],
  ])('reads the revision from the headers of %s', (_sdk, extra) => {
    expect(receivedFacts(extra)).toEqual({ protocolVersion: '2025-06-18' })
  })

  it.each([undefined, null, 'x', {}, { requestInfo: null }, { requestInfo: { headers: 7 } }])(
    'finds none in %j',
    (extra) => {
      expect(receivedFacts(extra).protocolVersion).toBeUndefined()
    },
  )
})

describe('sendFacts', () => {
  it('hands on the signal by which a sender gives up, and nothing else', () => {
    const { signal } = new AbortController()
    expect(sendFacts({ requestSignal: signal })).toEqual({ abandoned: signal })
    expect(sendFacts({ requestSignal: 'x' })).toEqual({})
    expect(sendFacts(undefined)).toEqual({})
  })
})
