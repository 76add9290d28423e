// For a test file: a real API server with a Deployment that may be remediated, anew before each test, and an account that has our
// roles and no other right. There is no controller: what one would write of a Deployment, `setStatus` does.
import { readFileSync } from 'node:fs'
import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, beforeEach, inject } from 'vitest'
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { namespaceScope } from '../../../src/server/kubernetes/namespace-scope.ts'
import { permissionFrom, remediationPolicy } from '../../../src/server/kubernetes/remediation/permission.ts'
import type { RemediationRequest } from '../../../src/server/kubernetes/remediation/plan.ts'
import type { Remediator } from '../../../src/server/kubernetes/remediation/remediate.ts'
import { createRemediator } from '../../../src/server/kubernetes/remediation/remediate.ts'
import type { RecordedSeries } from '../telemetry/recorded-series.ts'
import { recordSeries } from '../telemetry/recorded-series.ts'
import type { AdminClient } from './admin-client.ts'
import { adminClient, listAll } from './admin-client.ts'
import type { KubeApiServer } from './kube-apiserver.ts'
import { startKubeApiServer } from './kube-apiserver.ts'
import { MERGE } from './patch-forms.ts'

export const NAMESPACE = 'shop'
const REVISION = 'deployment.kubernetes.io/revision'
export const WEB = { namespace: NAMESPACE, name: 'web' }
export const DEPLOYMENT: RemediationRequest['target'] = { kind: 'Deployment', ...WEB }
export const POD: RemediationRequest['target'] = { kind: 'Pod', namespace: NAMESPACE, name: 'web-2-abc' }

/** Of each of its pods. */
export const LABELS = { app: 'web' }
const template = (image: string) => ({
  metadata: { labels: LABELS },
  spec: { containers: [{ name: 'web', image, env: [{ name: 'TOKEN', value: 'canary' }] }] },
})

/** Accounts: `remediator` may do all that our roles allow, `reader` may only read. */
export type Account = 'remediator' | 'reader'

export interface RemediatedDeployment {
  /** With every right. These are there once `beforeAll` has run. */
  admin(): ClusterApi
  /** The same account, by the generated client. */
  client(): AdminClient
  apiOf(account: Account): ClusterApi
  /** Of that account, for everything in every namespace; and what is recorded from now on. */
  remediatorOf(account: Account): { readonly remediator: Remediator; readonly series: RecordedSeries }
  /** What the Deployment's controller writes once all pods are there. */
  setStatus(replicas: number): Promise<void>
}

export function useRemediatedDeployment(): RemediatedDeployment {
  let cluster: KubeApiServer
  let admin: ClusterApi
  let client: AdminClient
  const opened: ClusterApi[] = []

  const configOf = (token: string) => {
    const config = new KubeConfig()
    config.loadFromFile(cluster.kubeconfigFor(token))
    return config
  }
  const open = (config: KubeConfig) => {
    const api = createClusterApi(config)
    opened.push(api)
    return api
  }
  const apiOf = (account: Account) => open(configOf(cluster.userToken(account)))

  beforeAll(async () => {
    cluster = await startKubeApiServer({ parts: inject('parts'), users: { remediator: [], reader: [] } })
    const config = configOf(cluster.token)
    admin = open(config)
    client = adminClient(config)
    for (const file of ['cluster-tools/cluster-reader', 'cluster-tools/log-reader', 'remediation/remediator']) {
      cluster.kubectl(['apply', '--server-side', '--filename', '-'], {
        input: readFileSync(`k8s/components/${file}.yaml`, 'utf8'),
      })
    }
    const bind = (user: string, role: string) =>
      cluster.kubectl(['create', 'clusterrolebinding', `${user}-${role}`, `--clusterrole=${role}`, `--user=${user}`])
    for (const user of ['remediator', 'reader']) bind(user, 'mcp-vitals-cluster-reader')
    bind('remediator', 'mcp-vitals-remediator')
    await client.core.createNamespace({ body: { metadata: { name: NAMESPACE } } })
  })
  afterAll(async () => {
    for (const api of opened) await api.close()
    await cluster?.stop()
  })
  beforeEach(async () => {
    await createWeb(client)
    await setStatus(1)
  })

  const setStatus = async (replicas: number) => {
    const { metadata } = await admin.get('deployments', WEB)
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }
    const status = { observedGeneration: metadata?.generation, ...counts }
    await client.apps.patchNamespacedDeploymentStatus({ ...WEB, body: { status } }, MERGE)
    const running = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          restartCount: 0,
          image: 'web',
          imageID: 'x',
          state: { running: {} },
          started: true,
        },
      ],
    }
    for (const pod of await listAll(admin, 'pods', { namespace: NAMESPACE })) {
      const at = { namespace: NAMESPACE, name: pod.metadata?.name ?? '' }
      await client.core.patchNamespacedPodStatus({ ...at, body: { status: running } }, MERGE)
    }
  }

  const remediatorOf = (account: Account) => {
    const series = recordSeries()
    const remediator = createRemediator({
      api: apiOf(account),
      scope: namespaceScope(),
      policy: remediationPolicy([permissionFrom('*@*')]),
      now: Date.now,
      verifyMs: 5_000,
      settleMs: 300,
      pollMs: 100,
    })
    return { remediator, series }
  }
  return { admin: () => admin, client: () => client, apiOf, remediatorOf, setStatus }
}

/** The Deployment at its second revision, with the ReplicaSet of the first, and one pod; in place of what was there. */
async function createWeb({ apps, core, policy }: AdminClient): Promise<void> {
  const before = { namespace: NAMESPACE }
  await apps.deleteCollectionNamespacedDeployment(before)
  await apps.deleteCollectionNamespacedReplicaSet(before)
  await policy.deleteCollectionNamespacedPodDisruptionBudget(before)
  await core.deleteCollectionNamespacedPod({ ...before, gracePeriodSeconds: 0 })
  const deployment = await apps.createNamespacedDeployment({
    namespace: NAMESPACE,
    body: {
      metadata: { name: 'web', annotations: { [REVISION]: '2' } },
      spec: { replicas: 1, selector: { matchLabels: LABELS }, template: template('registry.example/web:2') },
    } satisfies V1Deployment,
  })
  const owner = ownerOf('Deployment', deployment)
  const sets: V1ReplicaSet[] = []
  for (const [revision, replicas] of [
    ['1', 0],
    ['2', 1],
  ] as const) {
    sets.push(
      await apps.createNamespacedReplicaSet({
        namespace: NAMESPACE,
        body: {
          metadata: {
            name: `web-${revision}`,
            annotations: { [REVISION]: revision },
            ownerReferences: [owner],
            labels: LABELS,
          },
          spec: { replicas, selector: { matchLabels: LABELS }, template: template(`registry.example/web:${revision}`) },
        },
      }),
    )
  }
  await core.createNamespacedPod({
    namespace: NAMESPACE,
    body: {
      metadata: { name: POD.name, labels: LABELS, ownerReferences: [ownerOf('ReplicaSet', sets[1])] },
      spec: template('registry.example/web:2').spec,
    } satisfies V1Pod,
  })
}

function ownerOf(kind: string, object: { metadata?: { name?: string; uid?: string } } | undefined) {
  const { name = '', uid = '' } = object?.metadata ?? {}
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true }
}
