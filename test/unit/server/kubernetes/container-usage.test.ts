import { describe, expect, it } from 'vitest'
import { containerUsage } from '../../../../src/server/kubernetes/container-usage.ts'
import { diagnose } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import { readCluster } from '../../../../src/server/kubernetes/read-cluster.ts'
import { snapshotOfNamespace } from '../../../../src/server/kubernetes/snapshot-of-namespace.ts'
import { snapshotOfPod } from '../../../../src/server/kubernetes/snapshot-of-pod.ts'
import { DEFAULT_ACCESS } from '../../../../src/server/simulated/access-rules.ts'
import { deployment, namespace, node } from '../../../../src/server/simulated/scenarios/manifests.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const IMAGE = 'registry.example/app:1'

async function startNearLimit() {
  const cluster = await startTestCluster({
    controllers: false,
    scenario: {
      storageClasses: [],
      programs: { [IMAGE]: { memory: 95 } },
      steps: [
        {
          ago: '1h',
          apply: [
            namespace('shop'),
            node('node-a', 'zone-1'),
            deployment('shop', 'near', { image: IMAGE, memory: '100Mi' }),
            deployment('shop', 'far', { image: IMAGE, memory: '256Mi' }),
          ],
        },
      ],
    },
  })
  const { api } = cluster
  const reader = readCluster({ reads: api, log: api.log, usage: api.usage, scope: namespaceScope() })
  const named = (app: string) =>
    cluster.store.list('pods', 'shop').find(({ metadata }) => metadata.name.startsWith(app))?.metadata.name ?? ''
  return { cluster, reader, named }
}

describe('container usage', () => {
  it('leads to near_oom only for a container near its limit, by namespace and by pod', async () => {
    const { reader, named } = await startNearLimit()

    const ofNamespace = diagnose(await snapshotOfNamespace(reader, 'shop'), Date.now())
    const near = diagnose(await snapshotOfPod(reader, 'shop', named('near')), Date.now())
    const far = diagnose(await snapshotOfPod(reader, 'shop', named('far')), Date.now())

    expect(ofNamespace.findings.map(({ issue, object }) => [issue, object.name])).toEqual([['near_oom', named('near')]])
    expect(near.findings.map(({ issue }) => issue)).toEqual(['near_oom'])
    expect(far.findings).toEqual([])
    expect(near.unread).toEqual([])
  })

  it('is listed as unread in each snapshot, but requested only once, if there is no metrics API', async () => {
    const { cluster, reader } = await startNearLimit()
    const series = recordSeries()
    cluster.setAccess(DEFAULT_ACCESS)
    cluster.faults.add({
      trouble: { kind: 'refuse', reason: 'NotFound' },
      on: ({ template }) => template.includes('metrics.k8s.io'),
    })

    for (let look = 0; look < 3; look++) {
      const { unread } = await snapshotOfNamespace(reader, 'shop')
      expect(unread).toEqual([{ kind: 'PodMetrics', reason: 'not_found' }])
    }

    const refused = [...(await series.all())].filter(
      ([name, count]) => name.startsWith('mcp_kubernetes_operations_total') && name.includes('"error"') && count > 0,
    )
    expect(refused.map(([, count]) => count)).toEqual([1])
  })
})

describe('containerUsage', () => {
  it.each([
    ['1024Ki', 1_048_576],
    ['3Mi', 3_145_728],
    ['2Gi', 2_147_483_648],
    ['5M', 5_000_000],
    ['123', 123],
  ])('reads %s as %i bytes', (memory, bytes) => {
    const answer = {
      items: [{ metadata: { name: 'a', namespace: 'b' }, containers: [{ name: 'c', usage: { memory } }] }],
    }
    expect(containerUsage(answer)).toEqual([{ namespace: 'b', pod: 'a', container: 'c', memoryBytes: bytes }])
  })

  it.each([
    [null],
    [[]],
    ['text'],
    [{ items: [null, 7, { containers: 'x' }] }],
    [{ containers: [{ usage: { memory: 'much' } }] }],
  ])('returns no usage for %j', (answer) => {
    expect(containerUsage(answer)).toEqual([])
  })
})
