// Tests the Kubernetes tools of the program, by default on the simulated cluster, and their metrics.
import { describe, expect, it, onTestFinished } from 'vitest'
import { SHOP } from '../../src/server/simulated/scenarios/shop.ts'
import { connectClient } from '../support/clients/mcp-client.ts'
import { startTroubledCluster } from '../support/cluster/troubled-cluster.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runCli, runServer, runVitals } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { ajvValidator } from '../support/servers/output-schemas.ts'
import { startTestApp } from '../support/servers/test-app.ts'

interface Listed {
  readonly namespace: string
  readonly name: string
  readonly status: string
}

async function startClient(args: readonly string[] = []) {
  const app = await startTestApp(args)
  const { client } = await connectClient(app.url)
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: args })
    const [content] = result.content as { text: string }[]
    const structured = result.structuredContent as Record<string, unknown>
    return { isError: result.isError === true, text: content?.text ?? '', structured }
  }
  const pods = async (args: Record<string, unknown>) => (await call('list_pods', args)).structured['pods'] as Listed[]
  return { app, client, call, pods }
}

describe('mcp-vitals-server with default options', () => {
  it('lists read-only tools, returns schema-valid results, and counts calls without pod names in labels', async () => {
    const server = await runServer()
    const { client } = await connectClient(server.url)
    const { tools } = await client.listTools()
    const listed = await client.callTool({ name: 'list_pods', arguments: { namespace: 'shop', only_unhealthy: true } })
    const [pod] = (listed.structuredContent as { pods: Listed[] }).pods
    const of = { namespace: pod?.namespace, name: pod?.name }
    const args: Record<string, Record<string, unknown>> = {
      hello_world: { name: 'Ada' },
      list_pods: { limit: 5 },
      get_pod: of,
      list_events: { type: 'Warning' },
      get_logs: { namespace: pod?.namespace, pod: pod?.name, tail_lines: 5 },
      list_workloads: {},
      get_workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      list_nodes: {},
      list_namespaces: {},
      diagnose_pod: of,
      diagnose_workload: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
      diagnose_namespace: { namespace: 'shop' },
    }
    expect(tools.map(({ name }) => name).sort()).toEqual(Object.keys(args).sort())

    for (const tool of tools) {
      expect(tool, tool.name).toMatchObject({ annotations: { readOnlyHint: true, destructiveHint: false } })
      expect(tool.description?.length, tool.name).toBeGreaterThan(60)
      const result = await client.callTool({ name: tool.name, arguments: args[tool.name] ?? {} })
      expect(result.isError, `${tool.name}: ${JSON.stringify(result.content)}`).not.toBe(true)
      expect(ajvValidator(tool.outputSchema)(result.structuredContent), tool.name).toEqual([])
    }
    await untilReady(server)
    const series = await scrapeSeries(server.metricsUrl)
    for (const name of Object.keys(args)) {
      expect(series.get(`mcp_tool_calls_total{status="success",tool_name="${name}"}`), name).toBeGreaterThan(0)
      expect(series.get(`mcp_tool_calls_total{status="error",tool_name="${name}"}`), name).toBe(0)
    }
    const ofClient = [...series.keys()].filter((key) => key.startsWith('http_client_request_duration_seconds_count'))
    expect(ofClient.length).toBeGreaterThan(5)
    expect(ofClient.some((key) => key.includes('shop') || key.includes(pod?.name ?? '-'))).toBe(false)
  }, 60_000)
})

const READS = [
  ['list', 'pods'],
  ['get', 'pods'],
  ['log', 'pods'],
  ['list', 'events'],
  ['list', 'nodes'],
  ['list', 'namespaces'],
  ['list', 'deployments'],
] as const

describe('mcp-vitals traffic', () => {
  it('fills the Kubernetes, cache, diagnosis and error series, not remediations, and exits 0 on SIGINT', async () => {
    const server = await runServer()
    await untilReady(server)
    const traffic = runVitals(['traffic', '--url', server.url, '--rate', '30'])
    const wanted = [
      ...READS.flatMap(([operation, resource]) => [
        `mcp_kubernetes_operations_total{operation="${operation}",resource="${resource}",status="success"}`,
        `mcp_kubernetes_operation_duration_seconds_count{operation="${operation}",resource="${resource}"}`,
      ]),
      'mcp_kubernetes_operations_total{operation="get",resource="pods",status="error"}',
      'mcp_cache_requests_total{cache="kubernetes",result="hit"}',
      'mcp_tool_errors_total{error_type="not_found",tool_name="get_pod"}',
      'mcp_pods_diagnosed_total{issue_type="crash_loop",namespace="shop"}',
      'mcp_pods_diagnosed_total{issue_type="none",namespace="shop"}',
      'mcp_issues_detected_total{issue_type="crash_loop",namespace="shop",severity="critical"}',
    ]
    const missing = async () => {
      const series = await scrapeSeries(server.metricsUrl)
      return wanted.filter((name) => !((series.get(name) ?? 0) > 0))
    }

    await waitFor(async () => (await missing()).length === 0, 45_000, 'a value for each series').catch(() => {})

    expect(await missing()).toEqual([])
    // No remediation is allowed, so all of its series are 0.
    const remediations = [...(await scrapeSeries(server.metricsUrl))].filter(([name]) =>
      name.startsWith('mcp_remediation_actions_total{'),
    )
    expect(remediations.map(([, value]) => value)).toEqual(Array(4 * 5).fill(0))
    traffic.child.kill('SIGINT')
    expect(await traffic.exited).toBe(0)
  }, 80_000)
})

describe('the Kubernetes toolset', () => {
  it('leads from unhealthy pods in five namespaces to the details, log and revisions behind a crash', async () => {
    const { call, pods } = await startClient()
    const unhealthy = await pods({ only_unhealthy: true, limit: 200 })
    const cart = unhealthy.find(({ name, status }) => name.startsWith('cart-') && status === 'CrashLoopBackOff')
    const target = { namespace: 'shop', name: cart?.name }

    const pod = await call('get_pod', target)
    const log = await call('get_logs', { namespace: 'shop', pod: cart?.name, previous: true })
    const workload = await call('get_workload', { kind: 'Deployment', namespace: 'shop', name: 'cart' })

    expect(pod.structured['pod']).toMatchObject({
      healthy: false,
      containers_detail: [{ name: 'cart', last: { exit_code: 1 } }],
    })
    expect(pod.text).toContain('CrashLoopBackOff')
    expect(log.text).toMatch(/^--- log ([0-9a-f]{8}) .*\n[\s\S]*migration 42 failed[\s\S]*\n--- end of log \1 ---$/)
    expect(workload.structured['revisions']).toMatchObject([{ revision: 2 }, { revision: 1 }])
    expect(unhealthy.map(({ namespace }) => namespace)).toEqual(
      expect.arrayContaining(['shop', 'payments', 'data', 'batch', 'monitoring']),
    )
  })

  it('returns a long list in pages, in order and with each pod once', async () => {
    const { call } = await startClient()
    const names: string[] = []
    let cursor: string | undefined
    do {
      const { structured } = await call('list_pods', { limit: 7, ...(cursor !== undefined && { cursor }) })
      names.push(...(structured['pods'] as Listed[]).map(({ namespace, name }) => `${namespace}/${name}`))
      cursor = structured['next_cursor'] as string | undefined
    } while (cursor !== undefined)

    expect(names.length).toBeGreaterThan(20)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(names.toSorted())
  })

  it.each([
    ['a path', '../secrets/keys'],
    ['a flag', '--kubeconfig=/etc/passwd'],
    ['a line break', 'web\nHost: evil'],
    ['a shell command', 'web;curl evil.example'],
    ['a NUL byte', 'web\u0000'],
    ['an escaped slash', 'web%2f..%2fsecrets'],
    ['a query string', 'web?watch=true'],
    ['an empty string', ''],
  ])('rejects %s as a name before it sends an API request', async (_, name) => {
    const { app, call } = await startClient()
    const before = await requests(app.metricsUrl)

    const answers = await Promise.all([
      call('get_pod', { namespace: 'shop', name }),
      call('get_pod', { namespace: name, name: 'web' }),
      call('get_logs', { namespace: 'shop', pod: name }),
      call('get_logs', { namespace: 'shop', pod: 'web', container: name }),
      call('get_workload', { kind: 'Deployment', namespace: 'shop', name }),
      call('list_events', { object_name: name }),
      call('list_pods', { namespace: name }),
      call('list_pods', { cursor: `${name}/` }),
    ])

    expect(answers.map(({ isError }) => isError)).toEqual(answers.map(() => true))
    expect(await requests(app.metricsUrl)).toBe(before)
  })

  it('stays within --namespaces, names them in the error for any other, and counts it as refused', async () => {
    const { app, call, pods } = await startClient(['--namespaces', 'shop,data'])

    expect(new Set((await pods({ limit: 200 })).map(({ namespace }) => namespace))).toEqual(new Set(['shop', 'data']))
    const namespaces = (await call('list_namespaces')).structured['namespaces'] as { name: string }[]
    expect(namespaces.map(({ name }) => name)).toEqual(['shop', 'data'])
    const refused = await call('list_pods', { namespace: 'payments' })
    expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('shop, data') })
    expect((await call('get_pod', { namespace: 'kube-system', name: 'x' })).isError).toBe(true)
    const series = await scrapeSeries(app.metricsUrl)
    expect(series.get('mcp_tool_errors_total{error_type="refused",tool_name="list_pods"}')).toBe(1)
  })
})

describe('mcp-vitals-server --cluster kubeconfig', () => {
  it('reports an unreachable API in tools and /ready, stays healthy, counts unavailable, and recovers', async () => {
    const cluster = await startTroubledCluster({ scenario: SHOP })
    onTestFinished(() => cluster.stop())
    const file = temporaryFile(cluster.kubeConfig.exportConfig())
    const { app, call } = await startClient(['--cluster', 'kubeconfig', '--kubeconfig', file])
    const ready = async () => {
      const response = await fetch(app.metricsUrl.replace('metrics', 'ready'))
      return { status: response.status, text: await response.text() }
    }
    expect((await ready()).status).toBe(200)
    expect((await call('list_nodes')).isError).not.toBe(true)

    await cluster.leave()
    expect(await call('list_events')).toMatchObject({
      isError: true,
      text: expect.stringContaining('could not be reached'),
    })
    await waitFor(async () => (await ready()).status === 503)
    expect((await ready()).text).toContain('could not be reached')
    expect((await fetch(app.healthUrl ?? '')).status).toBe(200)
    await cluster.comeBack()

    await waitFor(async () => (await ready()).status === 200)
    expect((await call('list_events')).isError).not.toBe(true)
    const series = await scrapeSeries(app.metricsUrl)
    expect(series.get('mcp_tool_errors_total{error_type="unavailable",tool_name="list_events"}')).toBe(1)
  }, 40_000)

  it('exits 2 and names the invalid namespace or the missing kubeconfig file', async () => {
    const cli = runCli([
      'serve',
      '--port',
      '0',
      '--cluster',
      'kubeconfig',
      '--kubeconfig',
      '/no/such/file',
      '--namespaces',
      'UPPER',
    ])

    expect(await cli.exited).toBe(2)
    expect(cli.stderr()).toContain('--namespaces: "UPPER" is not a namespace name')
    const other = runCli(['serve', '--port', '0', '--cluster', 'kubeconfig', '--kubeconfig', '/no/such/file'])
    expect(await other.exited).toBe(2)
    expect(other.stderr()).toContain('/no/such/file')
  }, 40_000)
})

async function requests(metricsUrl: string): Promise<number> {
  const series = await scrapeSeries(metricsUrl)
  return [...series]
    .filter(([key]) => key.startsWith('mcp_kubernetes_operations_total') && !key.includes('readyz'))
    .reduce((sum, [, value]) => sum + value, 0)
}
