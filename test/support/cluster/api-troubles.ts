// Every trouble that the Kubernetes API can have, and the tools that meet it.

import { clientOfTools } from '../clients/client-of-tools.ts'
import { toolsOfCluster } from '../servers/tools-of-cluster.ts'
import { recordSeries } from '../telemetry/recorded-series.ts'
import type { Trouble } from './faults.ts'
import { startTestCluster } from './test-cluster.ts'

/** Far more than one call to the API may take here, and far less than a client would wait. */
export const DEADLINE_MS = 20_000
const API_TIMEOUT_MS = 4_000

/** Every tool that asks the API, with a call that is good, and a client of them. Stopped with the test. */
export async function startTools() {
  const series = recordSeries()
  const cluster = await startTestCluster({ controllers: false, timeoutMs: API_TIMEOUT_MS })
  const tools = toolsOfCluster(cluster.api, { ttlMs: 0, deadlineMs: DEADLINE_MS })
  const { client, call: ask } = await clientOfTools(tools, { deadlineMs: DEADLINE_MS })
  const pod = cluster.store.list('pods', 'shop').find(({ metadata }) => metadata.name.startsWith('web-'))
  const of = { namespace: 'shop', name: pod?.metadata.name ?? '' }
  const web = { kind: 'Deployment', namespace: 'shop', name: 'web' }
  const calls: Readonly<Record<string, Record<string, unknown>>> = {
    list_pods: {},
    get_pod: of,
    list_events: {},
    get_logs: { namespace: 'shop', pod: of.name },
    list_workloads: {},
    get_workload: web,
    list_nodes: {},
    list_namespaces: {},
    diagnose_pod: of,
    diagnose_workload: web,
    diagnose_namespace: { namespace: 'shop' },
    plan_restart: web,
    plan_scale: { ...web, replicas: 4 },
    plan_rollback: { namespace: 'shop', name: 'cart' },
    plan_delete_pod: of,
  }
  const call = async (name: string) => {
    const startedAt = performance.now()
    const { isError, text } = await ask(name, calls[name])
    return { isError, text, took: performance.now() - startedAt }
  }
  return { cluster, client, series, call, names: Object.keys(calls), offered: tools.map(({ name }) => name) }
}

const refuse = (reason: Extract<Trouble, { kind: 'refuse' }>['reason'], more: object = {}): Trouble => ({
  kind: 'refuse',
  reason,
  ...more,
})

/** With the kinds of error that may come of it. */
export const TROUBLES: readonly [what: string, trouble: Trouble, kinds: readonly string[]][] = [
  ['401', refuse('Unauthorized'), ['forbidden']],
  ['403', refuse('Forbidden'), ['forbidden']],
  ['404', refuse('NotFound'), ['not_found']],
  ['409', refuse('Conflict'), ['conflict']],
  ['410', refuse('Expired'), ['conflict']],
  ['429 that says to come at once', refuse('TooManyRequests', { retryAfter: 0 }), ['unavailable', 'timeout']],
  ['429 that says to come in an hour', refuse('TooManyRequests', { retryAfter: 3_600 }), ['unavailable']],
  ['500', refuse('InternalError'), ['unavailable']],
  ['an answer that is slow to come', { kind: 'slow', milliseconds: 10_000 }, ['timeout']],
  ['no answer', { kind: 'silent' }, ['timeout']],
  ['half an answer, and a closed connection', { kind: 'half closed' }, ['unavailable', 'timeout']],
  ['half an answer, and silence', { kind: 'stuck' }, ['timeout']],
  ['100 MB', { kind: 'huge', bytes: 100_000_000 }, ['unavailable', 'timeout']],
  ['something else in front of it', { kind: 'not the API', body: '<html>please log in</html>' }, ['unavailable']],
]
