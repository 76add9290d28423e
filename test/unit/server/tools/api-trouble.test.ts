// Every tool that asks the Kubernetes API, under every trouble that the API can have: a clear error in time, of a kind that is known, and all
// is well again when the trouble is over.

import { describe, expect, test } from 'vitest'
import { TOOL_ERROR_KINDS } from '../../../../src/index.ts'
import type { Trouble } from '../../../../src/server/kubernetes/simulated/faults.ts'
import { clientOfTools } from '../../../support/client-of-tools.ts'
import { recordSeries } from '../../../support/recorded-series.ts'
import { startTestCluster } from '../../../support/test-cluster.ts'
import { toolsOfCluster } from '../../../support/tools-of-cluster.ts'

/** Far more than one call to the API may take here, and far less than a client would wait. */
const DEADLINE_MS = 20_000
const API_TIMEOUT_MS = 4_000

async function startTools() {
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

const TROUBLES: readonly [what: string, trouble: Trouble, kinds: readonly string[]][] = [
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

describe.each(TROUBLES)('with %s', (_, trouble, kinds) => {
  test('each tool ends in time with an error that says what to do, and works again afterwards', async () => {
    const { cluster, series, call, names, offered } = await startTools()
    const asking = offered.filter((name) => name !== 'hello_world' && name !== 'apply_remediation')
    expect(names.toSorted()).toEqual(asking.toSorted())
    cluster.faults.add({ trouble })
    const before = process.memoryUsage().rss

    const check = async (name: string) => {
      const answer = await call(name)
      expect(answer.isError, `${name}: ${answer.text}`).toBe(true)
      expect(answer.took, name).toBeLessThan(DEADLINE_MS)
      // A sentence for whoever reads it, and nothing of the answer.
      expect(answer.text, name).toMatch(/^[A-Z].{20,400}\.$/s)
      expect(answer.text, name).not.toMatch(/html|<|undefined|\[object/)
    }
    // One after the other where it is about memory, else all at once: most of it is waiting.
    if (trouble.kind === 'huge') for (const name of names) await check(name)
    else await Promise.all(names.map(check))

    const errors = [...(await series.all())].filter(
      ([key, count]) => key.startsWith('mcp_tool_errors_total') && count > 0,
    )
    const seen = new Set(errors.map(([key]) => /error_type="([^"]*)"/.exec(key)?.[1] ?? ''))
    expect([...seen].filter((kind) => !kinds.includes(kind))).toEqual([])
    expect(kinds.every((kind) => (TOOL_ERROR_KINDS as readonly string[]).includes(kind))).toBe(true)
    // Each answer is given up at 16 MiB; fifteen tools one after the other do not add up.
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    cluster.faults.clear()
    for (const name of names) expect(await call(name), name).toMatchObject({ isError: false })
  }, 120_000)
})

test('an API server that is gone is an error at once for each tool, and is found again when it is back', async () => {
  const { cluster, call, names } = await startTools()
  await cluster.leave()
  for (const name of names) {
    const answer = await call(name)
    expect(answer.isError, name).toBe(true)
    expect(answer.text, name).toMatch(/could not be reached|did not answer in time/)
  }
  await cluster.comeBack()

  for (const name of names) expect(await call(name), name).toMatchObject({ isError: false })
}, 60_000)

/** Where the trouble begins: at once, or when the change is sent. */
const WRITES = ['patch', 'scale', 'evict']
const BEFALLS: readonly [where: string, on: ((operation: { operation: string }) => boolean) | undefined][] = [
  ['every request', undefined],
  ['the write alone', ({ operation }) => WRITES.includes(operation)],
]

test.each(BEFALLS)(
  'a remediation that meets trouble with %s is a clear error, is counted once, is not tried again, and changes nothing',
  async (_, on) => {
    const { cluster, client, series } = await startTools()
    const web = { kind: 'Deployment', namespace: 'shop', name: 'web' }
    const specOf = () => JSON.stringify(cluster.store.get('deployments', 'shop', 'web')?.spec)
    const before = specOf()
    const outcomes = async () => {
      const counted = await series.nonZero('mcp_remediation_actions_total')
      const of = (outcome: string) =>
        counted[`mcp_remediation_actions_total{action="restart",outcome="${outcome}"}`] ?? 0
      return { planned: of('planned'), ended: of('refused') + of('failed'), applied: of('applied') + of('verified') }
    }
    for (const [at, [what, trouble]] of TROUBLES.entries()) {
      const planned = await client.callTool({ name: 'plan_restart', arguments: web })
      const { confirmation } = planned.structuredContent as { confirmation: string }
      let sent = 0
      cluster.faults.add({
        trouble,
        on: (operation) => (on?.(operation) ?? true) && WRITES.includes(operation.operation) && ++sent > 0,
      })
      if (on === undefined) cluster.faults.add({ trouble })
      const startedAt = performance.now()
      const applying = { name: 'apply_remediation', arguments: { action: 'restart', ...web, confirmation } }

      const answer = await client.callTool(applying)

      expect(answer.isError, what).toBe(true)
      expect(performance.now() - startedAt, what).toBeLessThan(DEADLINE_MS)
      const [content] = answer.content as { text: string }[]
      expect(content?.text, what).toMatch(/^[A-Z].{20,400}\.$/s)
      expect(content?.text, what).not.toMatch(/html|<|undefined|\[object/)
      expect(sent, what).toBe(on === undefined ? 0 : 1)
      expect(await outcomes(), what).toEqual({ planned: at + 1, ended: 2 * at + 1, applied: 0 })
      cluster.faults.clear()
      // Its confirmation was good once: the second call is refused, which counts too.
      expect((await client.callTool(applying)).isError, what).toBe(true)
      expect(await outcomes(), what).toEqual({ planned: at + 1, ended: 2 * at + 2, applied: 0 })
      expect(specOf(), what).toBe(before)
    }
  },
  120_000,
)
