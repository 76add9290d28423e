// Runs the exporter process on a real API server, under an account that has only the exporter's role.
import { readFileSync } from 'node:fs'
import type { V1Pod } from '@kubernetes/client-node'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { AdminClient } from '../support/cluster/admin-client.ts'
import { adminClient } from '../support/cluster/admin-client.ts'
import type { KubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { MERGE } from '../support/cluster/patch-forms.ts'
import { runCli } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

let cluster: KubeApiServer
let admin: AdminClient
beforeAll(async () => {
  cluster = await startKubeApiServer({ parts: inject('parts'), users: { exporter: [] } })
  const config = new KubeConfig()
  config.loadFromFile(cluster.kubeconfig)
  admin = adminClient(config)
  const role = readFileSync('k8s/components/exporter/cluster-watcher.yaml', 'utf8')
  cluster.kubectl(['apply', '--server-side', '--filename', '-'], { input: role })
  cluster.kubectl([
    'create',
    'clusterrolebinding',
    'exporter',
    '--clusterrole=mcp-vitals-cluster-watcher',
    '--user=exporter',
  ])
  for (const name of ['shop', 'data']) await admin.core.createNamespace({ body: { metadata: { name } } })
})
afterAll(async () => {
  await cluster?.stop()
})

async function makePod(namespace: string, name: string, status: object): Promise<void> {
  const body: V1Pod = { metadata: { name }, spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] } }
  await admin.core.createNamespacedPod({ namespace, body })
  await setStatus(namespace, name, status)
}

async function setStatus(namespace: string, name: string, status: object): Promise<void> {
  await admin.core.patchNamespacedPodStatus({ namespace, name, body: { status } }, MERGE)
}

const container = (state: object) => ({
  name: 'app',
  image: 'registry.example/app:1',
  imageID: '',
  ready: 'running' in state,
  restartCount: 0,
  state,
})
const RUNNING = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [container({ running: {} })],
}
const NO_IMAGE = {
  phase: 'Pending',
  containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff', message: 'manifest unknown: not found' } })],
}

describe('the exporter', () => {
  it('tracks pods and issues through crashes of the API server and compacted resource versions', async () => {
    await makePod('shop', 'web', RUNNING)
    await makePod('shop', 'cart', NO_IMAGE)
    await makePod('data', 'store', RUNNING)
    const kubeconfig = cluster.kubeconfigFor(cluster.userToken('exporter'))
    const args = ['exporter', '--cluster', 'kubeconfig', '--kubeconfig', kubeconfig, '--port', '0', '--interval', '5']
    const [exporter, second] = [runCli(args), runCli(args)]
    const urlOf = ({ stderr }: typeof exporter) =>
      waitFor(() => /metrics +(\S+)\n/.exec(stderr())?.[1], 20_000, 'its address')
    const url = await urlOf(exporter)
    const ready = async () =>
      (await fetch(url.replace('/metrics', '/ready'))).json() as Promise<{ status: string; reasons: string[] }>
    const isReady = async () => (await ready()).status === 'ready'
    await waitFor(isReady, 20_000, 'being ready')

    const pods = (namespace: string, phase: string) => `mcp_cluster_pods{namespace="${namespace}",phase="${phase}"}`
    const image = (namespace: string) =>
      `mcp_cluster_open_issues{issue_type="image_not_found",namespace="${namespace}",severity="critical"}`
    const tells = async (expected: Readonly<Record<string, number>>, where = url) => {
      let told: object = {}
      const asExpected = async () => {
        const series = await scrapeSeries(where)
        told = Object.fromEntries(Object.keys(expected).map((name) => [name, series.get(name)]))
        return JSON.stringify(told) === JSON.stringify(expected)
      }
      await waitFor(asExpected, 20_000, 'what is expected').catch(() => expect(told).toEqual(expected))
    }

    const before = {
      [pods('shop', 'Running')]: 1,
      [pods('shop', 'Pending')]: 1,
      [pods('data', 'Running')]: 1,
      [image('shop')]: 1,
    }
    await tells(before)
    await tells(before, await urlOf(second))

    await setStatus('shop', 'cart', RUNNING)
    await tells({ [pods('shop', 'Running')]: 2, [pods('shop', 'Pending')]: 0, [image('shop')]: 0 })

    await cluster.crash()
    await waitFor(async () => !(await isReady()), 20_000, 'not being ready')
    expect((await ready()).reasons.join()).toContain('the watch of Pod is broken')
    // Gauges keep their last value while the API server is down.
    await tells({ [pods('shop', 'Running')]: 2 })
    await cluster.restart()
    await waitFor(isReady, 60_000, 'being ready again')
    await makePod('data', 'queue', NO_IMAGE)
    await tells({ [pods('data', 'Pending')]: 1, [image('data')]: 1 })

    await cluster.crash()
    await waitFor(async () => !(await isReady()), 20_000, 'not being ready')
    await cluster.compact()
    await cluster.restart()
    await admin.core.deleteNamespacedPod({ namespace: 'data', name: 'queue', gracePeriodSeconds: 0 })
    await waitFor(isReady, 60_000, 'being ready again')
    await tells({ [pods('data', 'Pending')]: 0, [image('data')]: 0 })

    // The second exporter reports the same values, so the maximum of both is correct.
    await tells({ [pods('shop', 'Running')]: 2, [pods('data', 'Running')]: 1, [image('shop')]: 0 }, await urlOf(second))

    for (const { child, exited } of [exporter, second]) {
      child.kill('SIGTERM')
      expect(await exited).toBe(0)
    }
    // The exporter reads only what its role allows.
    expect(exporter.stderr()).not.toContain('may not')
  }, 240_000)
})
