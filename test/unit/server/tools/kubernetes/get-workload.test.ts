// Tests that get_workload finds pods by owner, because any pod can have the same labels.
import { describe, expect, it } from 'vitest'
import { DEFAULT_ACCESS } from '../../../../../src/server/simulated/access-rules.ts'
import { deployment } from '../../../../../src/server/simulated/scenarios/manifests.ts'
import { SHOP } from '../../../../../src/server/simulated/scenarios/shop.ts'
import type { TestClusterOptions } from '../../../../support/cluster/test-cluster.ts'
import { startTestCluster } from '../../../../support/cluster/test-cluster.ts'
import { toolsOfCluster } from '../../../../support/servers/tools-of-cluster.ts'

interface Told {
  readonly pods: readonly { readonly name: string }[]
  readonly revisions?: readonly { readonly revision: number }[]
}

async function start(options: TestClusterOptions = {}) {
  const cluster = await startTestCluster(options)
  const tools = toolsOfCluster(cluster.api, { deadlineMs: 10_000, ttlMs: 0 })
  const tool = tools.find(({ name }) => name === 'get_workload')
  const told = async (name: string): Promise<Told> => {
    const args = { kind: 'Deployment', namespace: 'shop', name }
    return (await tool?.run(args as never, { signal: new AbortController().signal } as never)) as never
  }
  const podsOf = async (name: string) => (await told(name)).pods.map((pod) => pod.name)
  /** Adds pods of a Job that have the labels of `web`. */
  const addStrangers = (count: number) => {
    const [web] = cluster.store.list('pods', 'shop').filter(({ metadata }) => metadata.name.startsWith('web-'))
    const spec = { suspend: true, template: {} }
    const { metadata: job } = cluster.store.create('jobs', {
      metadata: { name: 'migrate', namespace: 'shop' },
      spec,
    } as never)
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'migrate', uid: job.uid, controller: true }
    for (let at = 0; at < count; at += 1) {
      // The names sort first, so that these pods fill the first page.
      const name = `a-migrate-${String(at).padStart(3, '0')}`
      const metadata = { name, namespace: 'shop', labels: { app: 'web' }, ownerReferences: [owner] }
      cluster.store.create('pods', { metadata, spec: web?.spec, status: web?.status } as never)
    }
  }
  return { told, podsOf, addStrangers }
}

describe('get_workload', () => {
  it.each([1, 120])('excludes %i pods of a Job that have the labels of the Deployment', async (count) => {
    const { podsOf, addStrangers } = await start()
    const before = await podsOf('web')
    addStrangers(count)

    expect(before).toHaveLength(3)
    expect(await podsOf('web')).toEqual(before)
  })

  it('excludes pods of other owners, and omits revisions, without access to ReplicaSets', async () => {
    const access = DEFAULT_ACCESS.map((rule) => ({
      ...rule,
      resources: rule.resources.filter((resource) => resource !== 'replicasets'),
    }))
    const { told, addStrangers } = await start({ scenario: { ...SHOP, access } })
    addStrangers(1)

    const { pods, revisions } = await told('web')

    expect(pods.map(({ name }) => name).filter((name) => !name.startsWith('web-'))).toEqual([])
    expect(pods).toHaveLength(3)
    expect(revisions).toBeUndefined()
  })

  it('returns pods and revisions of a Deployment that selects by expressions', async () => {
    const selector = { matchExpressions: [{ key: 'app', operator: 'In', values: ['picky', 'other'] }] }
    const picky = deployment('shop', 'picky', {
      image: 'registry.shop.example/web:3.2.1',
      replicas: 2,
      spec: { selector },
    })
    const { told } = await start({ scenario: { ...SHOP, steps: [...SHOP.steps, { ago: '5m', apply: [picky] }] } })

    const { pods, revisions } = await told('picky')

    expect(pods).toHaveLength(2)
    expect(revisions?.map(({ revision }) => revision)).toEqual([1])
  })
})
