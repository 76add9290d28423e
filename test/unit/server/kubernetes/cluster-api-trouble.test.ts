// What befalls a client of a real API server, at the wire: each trouble is a clear error of a closed kind, in time, and over when
// the trouble is.

import { beforeEach, describe, expect, test } from 'vitest'
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

describe('a list', () => {
  test.each<[string, Trouble, string, number]>([
    ['401', refuse('Unauthorized'), 'forbidden', 1],
    ['403', refuse('Forbidden'), 'forbidden', 1],
    ['404', refuse('NotFound'), 'not_found', 1],
    ['409', refuse('Conflict'), 'conflict', 1],
    ['410', refuse('Expired'), 'conflict', 1],
    ['429 with Retry-After', refuse('TooManyRequests', { retryAfter: 0 }), 'unavailable', 3],
    ['429 that asks to wait longer than one can', refuse('TooManyRequests', { retryAfter: 600 }), 'unavailable', 1],
    ['500', refuse('InternalError'), 'unavailable', 1],
    ['503', refuse('ServiceUnavailable', { retryAfter: 0 }), 'unavailable', 3],
    ['504', refuse('Timeout'), 'timeout', 1],
    ['a body that breaks off', { kind: 'half closed' }, 'unavailable', 3],
    ['a body without end', { kind: 'huge', bytes: 100_000_000 }, 'unavailable', 1],
    ['a page of somebody else', { kind: 'not the API', body: CANARY }, 'unavailable', 1],
  ])(
    'that meets %s is an error that says nothing of the body, and each request counts once',
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

  test.each<[string, Trouble]>([
    ['never answered', { kind: 'silent' }],
    ['begun and not finished', { kind: 'stuck' }],
  ])('that is %s ends in time', async (_, trouble) => {
    const { api, faults } = await start(300)
    faults.add({ trouble })
    const startedAt = performance.now()

    const error = await toolErrorOf(api.list('pods'))

    expect(error.kind).toBe('timeout')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect((await operations())[counted('error')]).toBe(1)
  })

  test('is asked for again when the API says when, and then succeeds', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: refuse('TooManyRequests', { retryAfter: 0 }), times: 2 })

    expect((await api.list('pods')).items).toEqual([])

    expect(await operations()).toEqual({ [counted('error')]: 2, [counted('success')]: 1 })
  })

  test('ends with its caller, with the reason that the caller gave', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: { kind: 'silent' } })
    const ending = new AbortController()
    const reason = new Error('enough')
    const call = api.list('pods', {}, ending.signal)

    ending.abort(reason)

    await expect(call).rejects.toBe(reason)
    await expect(api.list('pods', {}, ending.signal)).rejects.toBe(reason)
  })

  test('of 100 MB takes up a bounded part of them', async () => {
    const { api, faults } = await start()
    faults.add({ trouble: { kind: 'huge', bytes: 100_000_000 } })
    await toolErrorOf(api.list('pods'))
    const before = process.memoryUsage().rss

    for (let at = 0; at < 5; at++) await toolErrorOf(api.list('pods'))

    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })
})

test('a write is not sent again, whatever the API says', async () => {
  const { api, faults } = await start()
  faults.add({ trouble: refuse('TooManyRequests', { retryAfter: 0 }) })

  await expect(api.apis.core.createNamespace({ body: { metadata: { name: 'x' } } })).rejects.toMatchObject({
    code: 429,
  })

  const sent = 'mcp_kubernetes_operations_total{operation="create",resource="namespaces",status="error"}'
  expect(await operations()).toEqual({ [sent]: 1 })
})

test('requests share a connection, though the client itself makes a new one each time', async () => {
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

describe('readiness', () => {
  test.each<[string, Trouble, RegExp]>([
    ['401', refuse('Unauthorized'), /does not accept this server's credentials \(HTTP 401\)/],
    ['403', refuse('Forbidden'), /does not accept this server's credentials \(HTTP 403\)/],
    ['404', refuse('NotFound'), /says that it is not ready \(HTTP 404\)/],
    ['429 that says to come at once', refuse('TooManyRequests', { retryAfter: 0 }), /not ready \(HTTP 429\)/],
    ['429 that says to come in an hour', refuse('TooManyRequests', { retryAfter: 3_600 }), /not ready \(HTTP 429\)/],
    ['500', refuse('InternalError'), /says that it is not ready \(HTTP 500\)/],
    ['503', refuse('ServiceUnavailable'), /says that it is not ready \(HTTP 503\)/],
    ['an answer that is slow to come', { kind: 'slow', milliseconds: 5_000 }, /does not answer/],
    ['no answer', { kind: 'silent' }, /does not answer/],
    ['half an answer, and a closed connection', { kind: 'half closed' }, /broke off/],
    ['half an answer, and silence', { kind: 'stuck' }, /does not answer/],
    ['100 MB', { kind: 'huge', bytes: 100_000_000 }, /too large/],
    ['something else in front of it', { kind: 'not the API', body: CANARY }, /is not the Kubernetes API/],
  ])(
    'says in time why the server is not ready under %s, in words of its own, and is back by itself',
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
})

describe('the API server that goes away', () => {
  test('is an error at once, and is found again when it is back', async () => {
    const { api, leave, comeBack } = await start()
    await api.list('pods')

    await leave()
    expect((await toolErrorOf(api.list('pods'))).kind).toBe('unavailable')
    await comeBack()

    expect((await api.list('pods')).items).toEqual([])
  })

  test('makes the server not ready, with a reason, and its return makes it ready by itself', async () => {
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

  test('is asked once for all who want to know at the same time, and not again while the answer holds', async () => {
    const { api } = await start()
    const ready = clusterReadiness(api)

    await Promise.all(Array.from({ length: 20 }, ready))
    await ready()

    const asked = 'mcp_kubernetes_operations_total{operation="get",resource="readyz",status="success"}'
    expect(await operations()).toEqual({ [asked]: 1 })
  })

  test('in the middle of a watch ends it with an error', async () => {
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
