// Nothing in, every metric of the catalog recorded by what the library does: the telemetry's own apart, which records itself.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer as McpServerV2 } from '@modelcontextprotocol/server'
import {
  instrumentFetchHandler,
  instrumentHttpHandler,
  instrumentMcpClient,
  instrumentMcpServer,
  instruments,
  limitConcurrency,
  recordClusterPods,
  recordIssueDetected,
  recordKubernetesOperation,
  recordOpenIssues,
  recordPodDiagnosis,
  recordRemediation,
  trackCache,
  trackConnections,
  trackHttpRequest,
} from '../../../src/index.ts'
import { linkedClient } from '../clients/linked-client.ts'
import { createTaskServer, liveOnce, TASK_KINDS } from '../servers/task-kinds.ts'

export async function useEverything(): Promise<void> {
  const server = instrumentMcpServer(new McpServer({ name: 'everything', version: '1' }), { memory: true })
  const limit = limitConcurrency({ limit: 1 })
  server.registerTool('limited', {}, () => limit.run('limited', () => ({ content: [] })))
  const client = await linkedClient(server, instrumentMcpClient(new ClientV1({ name: 'x', version: '1' })))
  await client.callTool({ name: 'limited' })
  await Promise.all([client.callTool({ name: 'limited' }), client.callTool({ name: 'limited' })])
  await client.close()
  trackCache('users').hit()
  recordKubernetesOperation('list', 'pods', 'success', 0.01)
  recordPodDiagnosis('default', 'none')
  recordIssueDetected('default', 'crash_loop', 'critical')
  recordIssueDetected('default', 'readiness_failing', 'warning')
  recordIssueDetected('default', 'oom_recovered', 'info')
  recordOpenIssues('default', 'crash_loop', 'critical', 1)
  recordOpenIssues('default', 'readiness_failing', 'warning', 1)
  recordOpenIssues('default', 'oom_recovered', 'info', 1)
  recordClusterPods('default', 'Running', 1)
  recordRemediation('restart', 'planned')
  recordRemediation('restart', 'failed')
  // What mcp-vitals wrap records of a server that it runs.
  instruments.serverExits.record(1, { 'exit.code': 1 })
  instruments.serverStartup.record(0.2)
  instruments.strayLines.record(1)
  instruments.proxyUpstreamErrors.record(1, { 'error.type': 'ECONNREFUSED' })
  await useTasks()
  await useHttp()
  await useSubscription()
}

/** One that ends well and one that fails; the other tools of the server are listed and never called. */
async function useTasks(): Promise<void> {
  const client = await linkedClient(createTaskServer('everything-tasks'))
  await client.listTools()
  for (const kind of TASK_KINDS.filter(({ tool }) => tool === 'polled' || tool === 'notified'))
    await liveOnce(client, kind)
  await client.close()
}

async function useHttp(): Promise<void> {
  const http = createServer(instrumentHttpHandler((_, response) => response.end(), { route: '/mcp' }))
  trackConnections(http, 'http')
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`
  // Named alike each time, for a port that is another one would begin a series that never grows.
  const named = 'http://upstream.example/mcp'
  await trackHttpRequest({ method: 'GET', url: named, template: '/mcp' }, async ({ headers, answered }) => {
    const response = await fetch(url, { headers })
    answered(response.status)
    return response.text()
  })
  // Of the Kubernetes API, one that fails: all others of a cluster that is well are answered.
  const pods = { method: 'GET', url: 'http://kubernetes.example/api/v1/pods', template: '/api/v1/pods' }
  await trackHttpRequest(pods, async ({ answered }) => answered(503))
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
