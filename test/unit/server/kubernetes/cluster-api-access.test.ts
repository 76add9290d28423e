// Compares the API requests of the tools and the exporter with the ClusterRoles in k8s/.

import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ApiOperation } from '../../../../src/server/kubernetes/api-path.ts'
import { parseApiPath } from '../../../../src/server/kubernetes/api-path.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import { watchCluster } from '../../../../src/server/kubernetes/watched-cluster.ts'
import type { TestCluster } from '../../../support/cluster/test-cluster.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import { toolsOfCluster } from '../../../support/servers/tools-of-cluster.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

/** `get pods`, `get pods/log`, `list deployments.apps`. */
type Access = string

const VERBS: Readonly<Record<string, string>> = { log: 'get', evict: 'create', scale: 'patch', review: 'create' }

function accessOf({ operation, template }: ApiOperation): Access | undefined {
  const path = parseApiPath(template.replaceAll(/[{}]/g, ''))
  if (path === undefined) return undefined
  const resource = path.group === '' ? path.resource : `${path.resource}.${path.group}`
  return `${VERBS[operation] ?? operation} ${resource}${path.subresource === undefined ? '' : `/${path.subresource}`}`
}

/** Records access from now until the test ends. */
function recordAccess({ faults }: TestCluster): { readonly seen: Set<Access>; start(): void } {
  const seen = new Set<Access>()
  const note = (operation: ApiOperation) => {
    const access = accessOf(operation)
    if (access !== undefined) seen.add(access)
    return false
  }
  faults.add({ trouble: { kind: 'silent' }, on: note })
  return { seen, start: () => seen.clear() }
}

function roleOf(name: string): Set<Access> {
  const documents = globSync('k8s/components/**/*.yaml').flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Role | null),
  )
  const role = documents.find((one) => one?.kind === 'ClusterRole' && one.metadata.name === name)
  if (role === undefined || role === null) throw new Error(`there is no ClusterRole ${name}`)
  return new Set(
    role.rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => {
          const [plural, subresource] = resource.split('/')
          const named = group === '' ? plural : `${plural}.${group}`
          return verbs.map((verb) => `${verb} ${named}${subresource === undefined ? '' : `/${subresource}`}`)
        }),
      ),
    ),
  )
}

interface Role {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

const sorted = (set: Iterable<Access>) => [...set].sort()

async function startTools() {
  recordSeries()
  const cluster = await startTestCluster()
  const access = recordAccess(cluster)
  const tools = toolsOfCluster(cluster.api, {
    ttlMs: 0,
    // Verification reads the cluster only once.
    deadlineMs: 1,
  })
  const call = (name: string, args: Record<string, unknown>) => {
    const tool = tools.find((one) => one.name === name)
    if (tool === undefined) throw new Error(`there is no tool ${name}`)
    return tool.run(args as never, { signal: AbortSignal.timeout(20_000) })
  }
  return { cluster, access, tools, call }
}

describe('the ClusterRoles in k8s/', () => {
  it('grant the server exactly the access that its read tools use', async () => {
    const { cluster, access, tools, call } = await startTools()
    const pods = cluster.store.list('pods').map(({ metadata }) => metadata)
    const of = (app: string) => pods.find(({ name }) => name.startsWith(app))
    const inNamespace = (app: string) => ({ namespace: of(app)?.namespace, name: of(app)?.name })
    const page = { limit: 50 }
    const calls: [string, Record<string, unknown>][] = [
      ['list_pods', page],
      ...pods.map(({ namespace, name }): [string, Record<string, unknown>] => ['diagnose_pod', { namespace, name }]),
      ['get_pod', inNamespace('web')],
      ['list_events', page],
      ['get_logs', { namespace: 'shop', pod: of('web')?.name, tail_lines: 5 }],
      ['list_workloads', page],
      ...(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const).flatMap((kind) => {
        const plural = `${kind.toLowerCase()}s` as 'deployments'
        const [found] = cluster.store.list(plural)
        const args = { kind, namespace: found?.metadata.namespace, name: found?.metadata.name }
        return [
          ['get_workload', args],
          ['diagnose_workload', { ...args, limit: 5 }],
        ] as [string, Record<string, unknown>][]
      }),
      [
        'diagnose_workload',
        {
          kind: 'ReplicaSet',
          namespace: 'shop',
          name: cluster.store.list('replicasets', 'shop')[0]?.metadata.name,
          limit: 5,
        },
      ],
      ['list_nodes', page],
      ['list_namespaces', page],
      ['diagnose_namespace', { namespace: 'shop', limit: 5 }],
    ]
    for (const [name, args] of calls) await call(name, args)
    const changing = (name: string) => /^(plan|apply)_/.test(name)
    expect(new Set(calls.map(([name]) => name))).toEqual(
      new Set(tools.map(({ name }) => name).filter((name) => name !== 'hello_world' && !changing(name))),
    )

    const given = new Set([...roleOf('mcp-vitals-cluster-reader'), ...roleOf('mcp-vitals-log-reader')])
    expect(sorted(access.seen)).toEqual(sorted(given))
  }, 60_000)

  it('grant remediation exactly the access that its tools use in addition to reading', async () => {
    const { cluster, access, call } = await startTools()
    const steps: [string, Record<string, unknown>][] = [
      ['plan_delete_pod', { namespace: 'shop', name: cluster.store.list('pods', 'shop')[0]?.metadata.name }],
      ['plan_restart', { kind: 'Deployment', namespace: 'shop', name: 'web' }],
      ['plan_restart', { kind: 'StatefulSet', namespace: 'data', name: 'postgres' }],
      ['plan_restart', { kind: 'DaemonSet', namespace: 'monitoring', name: 'node-exporter' }],
      ['plan_scale', { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 4 }],
      ['plan_scale', { kind: 'StatefulSet', namespace: 'data', name: 'postgres', replicas: 2 }],
      ['plan_rollback', { namespace: 'shop', name: 'cart' }],
    ]
    for (const [name, args] of steps) {
      const planned = await call(name, args)
      const { action, target, confirmation } = planned as Record<string, unknown>
      await call('apply_remediation', { action, ...(target as object), replicas: args['replicas'], confirmation })
    }

    const reading = new Set([...roleOf('mcp-vitals-cluster-reader'), ...roleOf('mcp-vitals-log-reader')])
    const besides = sorted(access.seen).filter((one) => !reading.has(one))
    expect(besides).toEqual(sorted([...roleOf('mcp-vitals-remediator')]))
  }, 60_000)

  it('grant the exporter exactly the access that its watches use', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const { seen } = recordAccess(cluster)
    const watched = watchCluster({ api: cluster.api, scope: namespaceScope() })
    onTestFinished(watched.stop)
    await waitFor(() => watched.readiness().ready, 10_000)

    expect(sorted(seen)).toEqual(sorted(roleOf('mcp-vitals-cluster-watcher')))
  })
})
