import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer as McpServerV2 } from '@modelcontextprotocol/server'
import { expect, test } from 'vitest'
import type { MetricDefinition } from '../../src/index.ts'
import {
  instrumentFetchHandler,
  instrumentHttpHandler,
  instrumentMcpClient,
  instrumentMcpServer,
  limitConcurrency,
  METRICS,
  recordClusterPods,
  recordIssueDetected,
  recordKubernetesOperation,
  recordOpenIssues,
  recordPodDiagnosis,
  recordRemediation,
  seriesName,
  startTelemetry,
  trackCache,
  trackConnections,
} from '../../src/index.ts'

test('every metric of the catalog is recorded by what the library does, and nothing of ours is outside it', async () => {
  const telemetry = await startTelemetry({
    env: {
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    },
  })
  await useEverything()
  await fetch(telemetry.metricsUrl ?? '').then((response) => response.text())

  const text = await (await fetch(telemetry.metricsUrl ?? '')).text()

  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const declared = Object.values<MetricDefinition>(METRICS).map(
    ({ name, unit, kind }) => `${seriesName(name, unit, kind)} ${kind === 'upDownCounter' ? 'gauge' : kind}`,
  )
  const others = /^(process|nodejs|v8js)_|^target_info /
  expect(types.filter((type) => !others.test(type)).sort()).toEqual(declared.sort())
  expect(types.filter((type) => /^process_/.test(type)).length).toBeGreaterThan(1)
  expect(types.filter((type) => /^(nodejs_eventloop|v8js)_/.test(type)).length).toBeGreaterThan(5)
  await telemetry.shutdown()
}, 30_000)

async function useEverything(): Promise<void> {
  const server = instrumentMcpServer(new McpServer({ name: 'everything', version: '1' }), { memory: true })
  const limit = limitConcurrency({ limit: 1 })
  server.registerTool('limited', {}, () => limit.run('limited', () => ({ content: [] })))
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  await server.connect(serverSide)
  const client = instrumentMcpClient(new ClientV1({ name: 'x', version: '1' }))
  await client.connect(clientSide)
  await client.callTool({ name: 'limited' })
  await Promise.all([client.callTool({ name: 'limited' }), client.callTool({ name: 'limited' })])
  await client.close()
  trackCache('users').hit()
  recordKubernetesOperation('list', 'pods', 'success')
  recordPodDiagnosis('default', 'none')
  recordIssueDetected('default', 'crash_loop', 'critical')
  recordOpenIssues('default', 'crash_loop', 'critical', 1)
  recordClusterPods('default', 'Running', 1)
  recordRemediation('restart', 'planned')
  await useHttp()
  await useSubscription()
}

async function useHttp(): Promise<void> {
  const http = createServer(instrumentHttpHandler((_, response) => response.end(), { route: '/mcp' }))
  trackConnections(http, 'http')
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  await (await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`)).text()
  http.close()
  http.closeAllConnections()
}

async function useSubscription(): Promise<void> {
  const handler = instrumentFetchHandler(
    createMcpHandler(() => {
      const server = instrumentMcpServer(new McpServerV2({ name: 'listens', version: '1' }))
      server.registerTool('t', {}, () => ({ content: [] }))
      return server
    }),
    { route: '/mcp' },
  )
  const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1:1/mcp'), {
    fetch: (url, init) => handler.fetch(new Request(url, init)),
  })
  const client = new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(transport)
  const subscription = await client.listen({ toolsListChanged: true })
  await subscription.close()
  await client.close()
  await handler.close()
}
