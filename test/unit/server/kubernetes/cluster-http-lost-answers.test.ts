// Tests that a write with a lost response reports an unknown outcome, and that a rejected or unsent write does not.
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../../../src/index.ts'
import type { ClusterApi } from '../../../../src/server/kubernetes/cluster-api.ts'
import type { WriteOptions } from '../../../../src/server/kubernetes/cluster-writes.ts'
import type { ObjectName } from '../../../../src/server/kubernetes/resource-calls.ts'
import type { Trouble } from '../../../support/cluster/faults.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'

const start = (timeoutMs = 5_000) => startTestCluster({ controllers: false, timeoutMs })

const NOT_KNOWN = /it is unknown.+Check the object/

interface Written extends ObjectName {
  readonly uid: string
  readonly resourceVersion: string
}
type Write = (write: ClusterApi['write'], object: Written, options: WriteOptions) => Promise<unknown>

const WRITES: Readonly<Record<'patch' | 'scale' | 'evict', readonly ['deployments' | 'pods', Write]>> = {
  patch: [
    'deployments',
    (write, object, options) =>
      write.patch('deployments', object, [{ op: 'add', path: '/spec/paused', value: true }], options),
  ],
  scale: ['deployments', (write, object, options) => write.scale('deployments', object, 9, options)],
  evict: ['pods', (write, object, options) => write.evict(object, options)],
}

async function errorOf(
  { api, store }: Pick<Awaited<ReturnType<typeof start>>, 'api' | 'store'>,
  operation: keyof typeof WRITES,
  options: WriteOptions = { dryRun: false },
) {
  const [resource, write] = WRITES[operation]
  const found = store.list(resource, 'shop').find(({ metadata }) => metadata.name.startsWith('web'))
  if (found === undefined) throw new Error('the scenario has no web')
  const error: unknown = await write(api.write, { ...found.metadata, namespace: 'shop' } as Written, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ToolError)
  return error as ToolError
}

const OPERATIONS = ['patch', 'scale', 'evict'] as const
const refuse = (reason: Extract<Trouble, { kind: 'refuse' }>['reason'], more: object = {}): Trouble => ({
  kind: 'refuse',
  reason,
  ...more,
})

describe('ClusterApi.write', () => {
  it.each<[string, Trouble, string, number?]>([
    ['never arrives', { kind: 'silent' }, 'timeout', 300],
    ['never ends', { kind: 'stuck' }, 'timeout', 300],
    ['is truncated', { kind: 'half closed' }, 'unavailable'],
    ['is HTTP 500', refuse('InternalError'), 'unavailable'],
    ['is HTTP 504', refuse('Timeout'), 'timeout'],
    ['comes from another server', { kind: 'not the API', body: 'please log in' }, 'unavailable'],
  ])(
    'reports an unknown outcome and suggests no retry, except in a dry run, if the response %s',
    async (_, trouble, kind, timeoutMs) => {
      const cluster = await start(timeoutMs)
      cluster.faults.add({ trouble })
      for (const operation of OPERATIONS) {
        const error = await errorOf(cluster, operation)

        expect(error.kind, operation).toBe(kind)
        expect(error.message, operation).toMatch(NOT_KNOWN)
        expect(error.message, operation).not.toMatch(/again/)
        // A dry run stores nothing, so its outcome is always known.
        expect((await errorOf(cluster, operation, { dryRun: true })).message, operation).not.toMatch(NOT_KNOWN)
      }
    },
  )

  it.each<[string, Trouble]>([
    ['401', refuse('Unauthorized')],
    ['403', refuse('Forbidden')],
    ['404', refuse('NotFound')],
    ['409', refuse('Conflict')],
    ['422', refuse('Invalid')],
    ['429', refuse('TooManyRequests', { retryAfter: 0 })],
  ])('does not report an unknown outcome if the API rejects the write with HTTP %s', async (_, trouble) => {
    const cluster = await start()
    cluster.faults.add({ trouble })
    for (const operation of OPERATIONS) {
      expect((await errorOf(cluster, operation)).message, operation).not.toMatch(NOT_KNOWN)
    }
  })

  it('reports unavailable, and not an unknown outcome, if it cannot send the write', async () => {
    const cluster = await start()
    await cluster.api.list('pods')
    await cluster.leave()
    for (const operation of OPERATIONS) {
      const { kind, message } = await errorOf(cluster, operation)
      expect(kind, operation).toBe('unavailable')
      expect(message, operation).not.toMatch(NOT_KNOWN)
    }
  })
})
