// Tests the Kubernetes tools on a real API server, under accounts that have only the shipped roles.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { createClusterApi } from '../../src/server/kubernetes/cluster-api.ts'
import { statusOf } from '../../src/server/kubernetes/cluster-error.ts'
import { connectClient } from '../support/clients/mcp-client.ts'
import { adminClient } from '../support/cluster/admin-client.ts'
import type { ApiObject } from '../support/cluster/issue-fixtures.ts'
import { issueFixture } from '../support/cluster/issue-fixtures.ts'
import type { KubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { loadObjects } from '../support/cluster/load-objects.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../support/collector/loopback-certificate.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { ajvValidator } from '../support/servers/output-schemas.ts'
import { startTestApp } from '../support/servers/test-app.ts'

const ROLES = ['cluster-reader', 'log-reader'] as const
const POD = { namespace: 'shop', name: 'web-6d9c7b8f5d-x7k2p' }
const WEB = { kind: 'Deployment', namespace: 'shop', name: 'web' }

let cluster: KubeApiServer
/** Serves container logs, since no kubelet runs. */
let kubelet: Server
beforeAll(async () => {
  const tls = { cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY }
  kubelet = createServer(tls, ({ url = '' }, response) => {
    if (url.startsWith('/containerLogs/')) response.end(`2026-11-20T11:00:00Z asked for ${url.split('?')[0]}\n`)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(kubelet, 'listening')
  cluster = await startKubeApiServer({ parts: inject('parts'), users: { server: [], 'without-logs': [] } })
  for (const role of ROLES) {
    const input = readFileSync(`k8s/components/cluster-tools/${role}.yaml`, 'utf8')
    cluster.kubectl(['apply', '--server-side', '--filename', '-'], { input })
  }
  const bind = (user: string, role: string) =>
    cluster.kubectl(['create', 'clusterrolebinding', `${user}-${role}`, `--clusterrole=${role}`, `--user=${user}`])
  for (const role of ROLES) bind('server', `mcp-vitals-${role}`)
  bind('without-logs', 'mcp-vitals-cluster-reader')
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(cluster.kubeconfig)
  await loadObjects(kubeConfig, issueFixture('none').objects.map(withOurKubelet), 'shop')
  await loadObjects(kubeConfig, issueFixture('crash_loop').objects, 'broken')
  for (const kind of ['secret', 'configmap']) {
    const ofKind = kind === 'secret' ? ['secret', 'generic'] : [kind]
    cluster.kubectl(['create', ...ofKind, 'kept', '--namespace=shop', '--from-literal=key=canary'])
  }
})
afterAll(async () => {
  await cluster?.stop()
  kubelet?.closeAllConnections()
  kubelet?.close()
})

function withOurKubelet(object: ApiObject): ApiObject {
  if (object.kind !== 'Node') return object
  const { port } = kubelet.address() as AddressInfo
  const status = {
    ...(object['status'] as object),
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  }
  return { ...object, status }
}

async function startTools(user: string) {
  const kubeconfig = cluster.kubeconfigFor(cluster.userToken(user))
  const app = await startTestApp(['--cluster', 'kubeconfig', '--kubeconfig', kubeconfig])
  const { client } = await connectClient(app.url)
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: args })
    const [content] = result.content as { text: string }[]
    return { ok: result.isError !== true, text: content?.text ?? '', structured: result.structuredContent }
  }
  const ready = async () => {
    const response = await fetch(app.metricsUrl.replace(/metrics$/, 'ready'))
    return { status: response.status, text: await response.text() }
  }
  return { app, client, call, ready }
}

const CALLS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  list_namespaces: {},
  list_nodes: {},
  list_pods: { namespace: 'shop' },
  get_pod: POD,
  list_events: {},
  get_logs: { namespace: POD.namespace, pod: POD.name },
  list_workloads: {},
  get_workload: WEB,
  diagnose_pod: POD,
  diagnose_workload: WEB,
  diagnose_namespace: { namespace: 'shop' },
}

describe('the Kubernetes tools', () => {
  it('return complete results that match their schemas, with only the roles of the server', async () => {
    const { client, call } = await startTools('server')
    const { tools } = await client.listTools()
    const asking = tools.filter(({ name }) => name !== 'hello_world')
    expect(asking.map(({ name }) => name).sort()).toEqual(Object.keys(CALLS).sort())

    for (const { name, outputSchema } of asking) {
      const { ok, text, structured } = await call(name, CALLS[name])
      expect(ok, `${name}: ${text}`).toBe(true)
      expect(ajvValidator(outputSchema)(structured), name).toEqual([])
      // Nothing is missing for lack of a right. This API server only has no API for pod metrics.
      const { not_read = [] } = structured as { not_read?: { kind: string; reason: string }[] }
      expect(
        not_read.filter(({ reason }) => reason !== 'not_found'),
        name,
      ).toEqual([])
      expect(
        not_read.filter(({ kind }) => kind !== 'PodMetrics'),
        name,
      ).toEqual([])
      expect(JSON.stringify(structured), name).not.toContain('canary')
    }
  })

  it('report a healthy namespace, a failing namespace, logs, and a pod that is not found', async () => {
    const { call } = await startTools('server')

    expect((await call('diagnose_namespace', { namespace: 'shop' })).structured).toMatchObject({
      healthy: true,
      pods_by_issue_type: { none: 2 },
    })
    expect((await call('diagnose_namespace', { namespace: 'broken' })).structured).toMatchObject({
      healthy: false,
      pods_by_issue_type: { crash_loop: 1 },
    })
    expect((await call('get_logs', CALLS['get_logs'])).text).toContain(`asked for /containerLogs/shop/${POD.name}/web`)
    expect((await call('get_pod', { ...POD, name: 'nobody' })).text).toMatch(/^Not found/)
  })

  it('refuse get_logs as forbidden without the log role, count the error, and still return a pod', async () => {
    const { app, call } = await startTools('without-logs')

    const { ok, text } = await call('get_logs', CALLS['get_logs'])
    expect({ ok, text }).toEqual({
      ok: false,
      text: expect.stringContaining('has no permission to read the log of pods'),
    })
    expect((await call('get_pod', POD)).ok).toBe(true)
    const series = await scrapeSeries(app.metricsUrl)
    expect(series.get('mcp_tool_errors_total{error_type="forbidden",tool_name="get_logs"}')).toBe(1)
  })
})

describe('the account of the server', () => {
  it('is denied Secrets, ConfigMaps, writes and exec, both in access reviews and in requests', async () => {
    const config = new KubeConfig()
    config.loadFromFile(cluster.kubeconfigFor(cluster.userToken('server')))
    const api = createClusterApi(config)
    onTestFinished(() => api.close())
    const { core, apps } = adminClient(config)
    const kept = { namespace: 'shop', name: 'kept' }
    const body = { metadata: { name: 'x' }, spec: { containers: [{ name: 'a', image: 'a:1' }] } }
    const denied: [what: Parameters<typeof api.may>[0], call: () => Promise<unknown>][] = [
      [{ verb: 'get', resource: 'secrets' }, () => core.readNamespacedSecret(kept)],
      [{ verb: 'list', resource: 'secrets' }, () => core.listNamespacedSecret(kept)],
      [{ verb: 'get', resource: 'configmaps' }, () => core.readNamespacedConfigMap(kept)],
      [{ verb: 'list', resource: 'configmaps' }, () => core.listConfigMapForAllNamespaces()],
      [{ verb: 'create', resource: 'pods' }, () => core.createNamespacedPod({ namespace: 'shop', body })],
      [{ verb: 'delete', resource: 'pods' }, () => core.deleteNamespacedPod(POD)],
      [
        { verb: 'create', resource: 'pods', subresource: 'eviction' },
        () => core.createNamespacedPodEviction({ ...POD, body: { metadata: POD } }),
      ],
      [
        { verb: 'create', resource: 'pods', subresource: 'exec' },
        () => core.connectPostNamespacedPodExec({ ...POD, command: 'id' }),
      ],
      [
        { verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale' },
        () => apps.patchNamespacedDeploymentScale({ namespace: 'shop', name: 'web', body: [] }),
      ],
      [
        { verb: 'create', resource: 'serviceaccounts', subresource: 'token' },
        () =>
          core.createNamespacedServiceAccountToken({
            namespace: 'shop',
            name: 'default',
            body: { spec: { audiences: [] } },
          }),
      ],
    ]

    for (const [what, call] of denied) {
      const said = JSON.stringify(what)
      expect(await api.may({ ...what, namespace: 'shop' }), said).toBe(false)
      const error = await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(statusOf(error), said).toBe(403)
    }
    expect(await api.may({ verb: 'list', resource: 'pods', namespace: 'shop' })).toBe(true)
    expect(await api.may({ verb: 'get', resource: 'pods', subresource: 'log', namespace: 'shop' })).toBe(true)
  })
})

describe('the Kubernetes tools, when the API server crashes', () => {
  it('fail at once with a clear error and make the server not ready, then recover without a restart', async () => {
    const { app, call, ready } = await startTools('server')
    expect((await ready()).status).toBe(200)
    expect((await call('list_nodes')).ok).toBe(true)

    await cluster.crash()
    const startedAt = performance.now()
    for (const [name, args] of Object.entries(CALLS)) {
      // Its last result may still be cached.
      if (name === 'list_nodes') continue
      expect(await call(name, args), name).toMatchObject({
        ok: false,
        text: expect.stringContaining('could not be reached'),
      })
    }
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await waitFor(async () => (await ready()).status === 503)
    expect((await ready()).text).toContain('could not be reached')
    expect((await fetch(app.healthUrl ?? '')).status).toBe(200)
    await cluster.restart()

    const backAt = performance.now()
    await waitFor(async () => (await ready()).status === 200)
    for (const [name, args] of Object.entries(CALLS)) expect((await call(name, args)).ok, name).toBe(true)
    expect(performance.now() - backAt).toBeLessThan(10_000)
    const series = await scrapeSeries(app.metricsUrl)
    for (const name of Object.keys(CALLS).filter((one) => one !== 'list_nodes')) {
      expect(series.get(`mcp_tool_errors_total{error_type="unavailable",tool_name="${name}"}`), name).toBe(1)
    }
  })
})
