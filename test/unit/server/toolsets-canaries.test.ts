// Tests that no secret of the cluster appears in results, errors, metrics, spans or log lines.
import { describe, expect, it } from 'vitest'
import { clientOfTools } from '../../support/clients/client-of-tools.ts'
import { CANARIES, CANARY_CLUSTER, formsOf, hideCanaries } from '../../support/cluster/canary-cluster.ts'
import { startTestCluster } from '../../support/cluster/test-cluster.ts'
import { toolsOfCluster } from '../../support/servers/tools-of-cluster.ts'
import { recordSeries } from '../../support/telemetry/recorded-series.ts'
import { recordSpans } from '../../support/telemetry/recorded-spans.ts'

const COVERED = [
  'apply_remediation',
  'diagnose_namespace',
  'diagnose_pod',
  'diagnose_workload',
  'get_logs',
  'get_pod',
  'get_workload',
  'list_events',
  'list_namespaces',
  'list_nodes',
  'list_pods',
  'list_workloads',
  'plan_delete_pod',
  'plan_restart',
  'plan_rollback',
  'plan_scale',
]

/** These tools return an error: there is no earlier revision, and no valid confirmation. */
const REFUSED = new Set(['plan_rollback', 'apply_remediation'])

async function startCanaries() {
  const series = recordSeries()
  const spans = recordSpans()
  const cluster = await startTestCluster({ scenario: CANARY_CLUSTER, controllers: false })
  hideCanaries(cluster.store as never)
  // Without the cache, so that each call reaches the API.
  const tools = toolsOfCluster(cluster.api, { ttlMs: 0, deadlineMs: 20_000 })
  const { client, lines } = await clientOfTools(tools, { deadlineMs: 20_000 })
  const [pod] = cluster.store.list('pods', 'vault')
  const name = pod?.metadata.name ?? ''
  const calls: [string, Record<string, unknown>][] = [
    ['list_namespaces', {}],
    ['list_nodes', {}],
    ['list_pods', {}],
    ['list_pods', { namespace: 'vault', only_unhealthy: true }],
    ['get_pod', { namespace: 'vault', name }],
    ['get_logs', { namespace: 'vault', pod: name }],
    ['get_logs', { namespace: 'vault', pod: name, previous: true }],
    ['list_events', {}],
    ['list_events', { namespace: 'vault', object_name: name, type: 'Warning' }],
    ['list_workloads', {}],
    ['get_workload', { kind: 'Deployment', namespace: 'vault', name: 'vault' }],
    ['diagnose_pod', { namespace: 'vault', name }],
    ['diagnose_workload', { namespace: 'vault', kind: 'Deployment', name: 'vault' }],
    ['diagnose_namespace', { namespace: 'vault' }],
    ['plan_restart', { kind: 'Deployment', namespace: 'vault', name: 'vault' }],
    ['plan_scale', { kind: 'Deployment', namespace: 'vault', name: 'vault', replicas: 3 }],
    ['plan_rollback', { namespace: 'vault', name: 'vault' }],
    ['plan_delete_pod', { namespace: 'vault', name }],
    [
      'apply_remediation',
      { action: 'restart', kind: 'Deployment', namespace: 'vault', name: 'vault', confirmation: 'a'.repeat(48) },
    ],
  ]
  const callAll = async () => {
    const answers: string[] = []
    for (const [tool, args] of calls)
      answers.push(JSON.stringify(await client.callTool({ name: tool, arguments: args })))
    return answers
  }
  const telemetry = async () => {
    const told = spans
      .all()
      .map(({ name: spanName, attributes, events, status }) => [spanName, attributes, events, status])
    return [[...(await series.all()).keys()].join('\n'), JSON.stringify(told), lines.join('\n')]
  }
  return { cluster, client, calls, callAll, telemetry, spans }
}

function expectNoCanary(texts: readonly string[], where: string): void {
  for (const [place, canary] of Object.entries(CANARIES)) {
    for (const form of formsOf(canary)) {
      for (const text of texts)
        expect(text.includes(form), `the canary of ${place} is in ${where} as ${form}: ${text.slice(0, 2_000)}`).toBe(
          false,
        )
    }
  }
}

describe('the Kubernetes toolset', () => {
  it('reveals no secret of the cluster in its results or telemetry, and returns the text around them', async () => {
    const { cluster, client, calls, callAll, telemetry, spans } = await startCanaries()
    const tools = (await client.listTools()).tools.map(({ name }) => name).filter((name) => name !== 'hello_world')
    expect(tools.sort()).toEqual(COVERED)
    expect(new Set(calls.map(([tool]) => tool))).toEqual(new Set(tools))

    const answers = await callAll()

    // The secrets are in the objects, and the tools return what surrounds them.
    const raw = JSON.stringify([
      cluster.store.list('pods'),
      cluster.store.list('events'),
      cluster.store.list('deployments'),
    ])
    for (const place of ['env', 'args', 'podAnnotation', 'event', 'termination', 'lastApplied'] as const) {
      expect(raw).toContain(CANARIES[place])
    }
    const failed = calls.filter((_, at) => answers[at]?.includes('"isError":true')).map(([tool]) => tool)
    expect(failed.filter((tool) => !REFUSED.has(tool))).toEqual([])
    expect(answers.join()).toContain('harmless line')
    expect(answers.join()).toContain('[masked]')
    expect(answers.join()).toContain('key KEY of Secret keys')
    expect(spans.all().some(({ name }) => name === 'GET /api/v1/namespaces/{namespace}/pods/{name}/log')).toBe(true)
    expectNoCanary(answers, 'an answer')
    expectNoCanary(await telemetry(), 'the telemetry')
  }, 60_000)

  it.each(['Forbidden', 'NotFound', 'Conflict', 'Expired', 'BadRequest', 'InternalError'] as const)(
    'reveals no secret when the API refuses with %s and quotes one',
    async (reason) => {
      const { cluster, callAll, telemetry } = await startCanaries()
      cluster.faults.add({ trouble: { kind: 'refuse', reason, message: `${CANARIES.apiError} in ${CANARIES.secret}` } })

      const answers = await callAll()

      expect(answers.every((answer) => answer.includes('"isError":true'))).toBe(true)
      expectNoCanary(answers, 'an error')
      expectNoCanary(await telemetry(), 'the telemetry')
    },
    60_000,
  )

  it('reveals no secret when something that is not the API answers in its place', async () => {
    const { cluster, callAll, telemetry } = await startCanaries()
    cluster.faults.add({
      trouble: { kind: 'not the API', body: CANARIES.apiError },
      on: ({ operation }) => operation !== 'log',
    })

    const answers = await callAll()

    expect(answers.every((answer) => answer.includes('"isError":true'))).toBe(true)
    expectNoCanary(answers, 'an error')
    expectNoCanary(await telemetry(), 'the telemetry')
  }, 60_000)
})
