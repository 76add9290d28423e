// Tests the cluster client against faults on the wire: error kinds, deadlines, retries, metrics and recovery.

import { beforeEach, describe, expect, it } from 'vitest'
import { clusterReadiness } from '../../../../src/server/kubernetes/cluster-readiness.ts'
import type { Trouble } from '../../../support/cluster/faults.ts'
import { EMPTY, startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { toolErrorOf } from '../../../support/cluster/tool-error-of.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const CANARY = 'c4nary-of-a-body'

let series: RecordedSeries
beforeEach(() => {
  series = recordSeries()
})

const start = (timeoutMs = 10_000) =>
  startTestCluster({ scenario: { ...EMPTY, steps: [] }, controllers: false, timeoutMs, maxBytes: 1_048_576 })

const refuse = (reason: string, more: object = {}) => ({ kind: 'refuse', reason, message: CANARY, ...more }) as Trouble

const operations = () => series.nonZero('mcp_kubernetes_operations_total')
const counted = (status: string) =>
  `mcp_kubernetes_operations_total{operation="list",resource="pods",status="${status}"}`

describe('ClusterApi.list', () => {
  it.each<[string, Trouble, string, number]>([
    ['401', refuse('Unauthorized'), 'forbidden', 1],
    ['403', refuse('Forbidden'), 'forbidden', 1],
    ['404', refuse('NotFound'), 'not_found', 1],
    ['409', refuse('Conflict'), 'conflict', 1],
    ['410', refuse('Expired'), 'conflict', 1],
    ['429 with Retry-After', refuse('TooManyRequests', { retryAfter: 0 }), 'unavailable', 3],
    ['429 with a Retry-After that is too long', refuse('TooManyRequests', { retryAfter: 600 }), 'unavailable', 1],
    ['500', refuse('InternalError'), 'unavailable', 1],
    ['503', refuse('ServiceUnavailable', { retryAfter: 0 }), 'unavailable', 3],
    ['504', refuse('Timeout'), 'timeout', 1],
    ['a truncated body', { kind: 'half closed' }, 'unavailable', 3],
    ['a body of 100 MB', { kind: 'huge', bytes: 100_000_000 }, 'unavailable', 1],
    ['a response from another server', { kind: 'not the API', body: CANARY }, 'unavailable', 1],
  ])(
    'fails on %s without quoting the body, counts each request once, and then recovers',
    async (_, trouble, kind, requests) => {
      const { api, faults } = await start()
      faults.add({ trouble })

      const error = await toolErrorOf(api.list('pods', { namespace: 'shop' }))

      expect(error.kind).toBe(kind)
      expect(error.message).toMatch(/pods in namespace "shop"/)
      expect(error.message).not.toContain(CANARY)
      expect(error.cause).toBeUndefined()
      const failed = await operations()
      expect(Object.values(failed).reduce((sum, count) => sum + count, 0)).toBe(requests)

      faults.clear()
      expect((await api.list('pods', { namespace: 'shop' })).items).toEqual([])
      expect((await operations())[counted('success')]).toBeGreaterThanOrEqual(1)
    },
  )

  it.each<[string, Trouble]>([
    ['never starts', { kind: 'silent' }],
    ['starts but never ends', { kind: 'stuck' }],
  ])('times out and counts one error if the response %s', async (_, trouble) => {
    const { api, faults } = await start(300)
    faults.add({ trouble })
    const startedAt = performance.now()

    const error = await toolErrorOf(api.list('pods'))

    expect(error.kind).toBe('timeout')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect((await operations())[counted('error')]).toBe(1)
  })

  it('retries after Retry-After until it succeeds, and counts each request', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: refuse('TooManyRequests', { retryAfter: 0 }), times: 2 })

    expect((await api.list('pods')).items).toEqual([])

    expect(await operations()).toEqual({ [counted('error')]: 2, [counted('success')]: 1 })
  })

  it('rejects with the abort reason, both during a call and before it', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: { kind: 'silent' } })
    const ending = new AbortController()
    const reason = new Error('enough')
    const call = api.list('pods', {}, ending.signal)

    ending.abort(reason)

    await expect(call).rejects.toBe(reason)
    await expect(api.list('pods', {}, ending.signal)).rejects.toBe(reason)
  })

  it('uses limited memory for repeated responses of 100 MB', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: { kind: 'huge', bytes: 100_000_000 } })
    await toolErrorOf(api.list('pods'))
    const before = process.memoryUsage().rss

    for (let at = 0; at < 5; at++) await toolErrorOf(api.list('pods'))

    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it('fails while the API server is down, and succeeds once it is back', async () => {
    const { api, leave, comeBack } = await start()
    await api.list('pods')

    await leave()
    expect((await toolErrorOf(api.list('pods'))).kind).toBe('unavailable')
    await comeBack()

    expect((await api.list('pods')).items).toEqual([])
  })
})

describe('ClusterApi.watch', () => {
  it('fails if the API server goes down during a watch, and counts the watch once', async () => {
    const { api, leave } = await start()
    const { resourceVersion } = await api.list('pods')
    const watching = api.watch('pods', { resourceVersion }, AbortSignal.timeout(15_000)).next()
    const started = 'mcp_kubernetes_operations_total{operation="watch",resource="pods",status="success"}'
    await waitFor(async () => (await operations())[started] === 1)

    await leave()

    expect((await toolErrorOf(watching)).kind).toBe('unavailable')
    expect((await operations())[started]).toBe(1)
  })
})

describe('createClusterApi', () => {
  it('does not retry a write, even if the API sends Retry-After', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: refuse('TooManyRequests', { retryAfter: 0 }) })

    const target = { namespace: 'shop', name: 'web', resourceVersion: '1' }
    const error = await toolErrorOf(api.write.scale('deployments', target, 2, { dryRun: false }))

    expect(error.kind).toBe('unavailable')
    const sent = 'mcp_kubernetes_operations_total{operation="scale",resource="deployments",status="error"}'
    expect(await operations()).toEqual({ [sent]: 1 })
  })

  it('uses one dispatcher for all requests, so that they share connections', async () => {
    const { api, kubeConfig } = await start()
    const dispatchers = new Set<unknown>()
    const apply = kubeConfig.applySecurityAuthentication.bind(kubeConfig)
    kubeConfig.applySecurityAuthentication = async (request) => {
      await apply(request)
      dispatchers.add(request.getDispatcher())
    }

    for (let at = 0; at < 5; at++) await api.list('pods')

    expect(dispatchers.size).toBe(1)
    expect([...dispatchers][0]).toBeDefined()
  })
})

describe('clusterReadiness', () => {
  it.each<[string, Trouble, RegExp]>([
    ['401', refuse('Unauthorized'), /does not accept this server's credentials \(HTTP 401\)/],
    ['403', refuse('Forbidden'), /does not accept this server's credentials \(HTTP 403\)/],
    ['404', refuse('NotFound'), /reports that it is not ready \(HTTP 404\)/],
    ['429 with a Retry-After of zero', refuse('TooManyRequests', { retryAfter: 0 }), /not ready \(HTTP 429\)/],
    ['429 with a Retry-After of an hour', refuse('TooManyRequests', { retryAfter: 3_600 }), /not ready \(HTTP 429\)/],
    ['500', refuse('InternalError'), /reports that it is not ready \(HTTP 500\)/],
    ['503', refuse('ServiceUnavailable'), /reports that it is not ready \(HTTP 503\)/],
    ['a slow response', { kind: 'slow', milliseconds: 5_000 }, /does not answer/],
    ['no response', { kind: 'silent' }, /does not answer/],
    ['a truncated response', { kind: 'half closed' }, /closed the connection/],
    ['a response that never ends', { kind: 'stuck' }, /does not answer/],
    ['a response of 100 MB', { kind: 'huge', bytes: 100_000_000 }, /too large/],
    ['a response from another server', { kind: 'not the API', body: CANARY }, /is not the Kubernetes API/],
  ])(
    'reports in time why the cluster is not ready on %s, quotes no body, and recovers by itself',
    async (_, trouble, reason) => {
      const { api, faults } = await start()
      const ready = clusterReadiness(api, { goodForMs: 0, badForMs: 0, timeoutMs: 400 })
      expect(await ready()).toEqual({ ready: true })
      faults.add({ trouble })
      const startedAt = performance.now()

      const unready = await ready()

      expect(performance.now() - startedAt).toBeLessThan(3_000)
      expect(unready).toEqual({ ready: false, reasons: [expect.stringMatching(reason)] })
      expect(JSON.stringify(unready)).not.toContain(CANARY)
      faults.clear()
      await waitFor(async () => (await ready()).ready)
    },
  )

  it('reports a lost API server, its return, and then rejected credentials, and quotes no body', async () => {
    const { api, faults, leave, comeBack } = await start()
    const ready = clusterReadiness(api, { goodForMs: 10, badForMs: 10, timeoutMs: 2_000 })
    expect(await ready()).toEqual({ ready: true })

    await leave()
    const gone = await waitFor(async () => {
      const now = await ready()
      return now.ready ? undefined : now
    })
    expect(gone.reasons).toEqual([expect.stringMatching(/could not be reached/)])
    await comeBack()
    await waitFor(async () => (await ready()).ready)

    faults.add({ trouble: refuse('Unauthorized') })
    const refused = await waitFor(async () => {
      const now = await ready()
      return now.ready ? undefined : now
    })
    expect(refused.reasons).toEqual([expect.stringMatching(/credentials/)])
    expect(JSON.stringify(refused)).not.toContain(CANARY)
  })

  it('sends one request for concurrent calls, and reuses the answer while it is valid', async () => {
    const { api } = await start()
    const ready = clusterReadiness(api)

    await Promise.all(Array.from({ length: 20 }, ready))
    await ready()

    const asked = 'mcp_kubernetes_operations_total{operation="get",resource="readyz",status="success"}'
    expect(await operations()).toEqual({ [asked]: 1 })
  })
})
