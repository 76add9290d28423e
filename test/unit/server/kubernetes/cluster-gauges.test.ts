import { expect, test } from 'vitest'
import { clusterGauges } from '../../../../src/server/kubernetes/cluster-gauges.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import type { ApiObject } from '../../../support/issue-fixtures.ts'
import { memoryReader } from '../../../support/memory-reader.ts'
import { recordSeries } from '../../../support/recorded-series.ts'

const NOW = Date.parse('2026-11-01T12:00:00Z')

function pod(namespace: string, name: string, phase: string, waiting?: string): ApiObject {
  const state = waiting === undefined ? { running: {} } : { waiting: { reason: waiting, message: 'no such image' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid: `${namespace}-${name}`, creationTimestamp: '2026-11-01T11:00:00Z' },
    spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'shop/app:1' }] },
    status: { phase, containerStatuses: [{ name: 'app', ready: waiting === undefined, restartCount: 0, state }] },
  } as unknown as ApiObject
}

async function gaugesOf(looks: readonly (readonly ApiObject[])[]) {
  const series = recordSeries()
  const objects: ApiObject[] = []
  const scope = namespaceScope()
  const look = clusterGauges({ reader: memoryReader(objects), scope, now: () => NOW })
  for (const seen of looks) {
    objects.splice(0, objects.length, ...seen)
    await look()
  }
  const all = await series.all()
  return Object.fromEntries([...all].filter(([key]) => key.startsWith('mcp_cluster_')).sort())
}

test('pods are counted by namespace and phase, open issues by type, and a healthy pod has none', async () => {
  const pods = [
    pod('shop', 'a', 'Running'),
    pod('shop', 'b', 'Pending', 'ImagePullBackOff'),
    pod('data', 'c', 'Running'),
  ]
  const gauges = await gaugesOf([pods])
  expect(gauges).toMatchObject({
    'mcp_cluster_pods{namespace="data",phase="Running"}': 1,
    'mcp_cluster_pods{namespace="shop",phase="Pending"}': 1,
    'mcp_cluster_pods{namespace="shop",phase="Running"}': 1,
  })
  const issues = Object.entries(gauges).filter(([key]) => key.startsWith('mcp_cluster_open_issues'))
  expect(issues.map(([, count]) => count)).toEqual([1])
  expect(issues[0]?.[0]).toContain('namespace="shop"')
})

test('what is gone at the next look is 0, and does not stay as it was', async () => {
  const gauges = await gaugesOf([
    [pod('shop', 'a', 'Running'), pod('shop', 'b', 'Pending', 'ImagePullBackOff')],
    [pod('shop', 'a', 'Running'), pod('shop', 'b', 'Running')],
  ])
  expect(gauges['mcp_cluster_pods{namespace="shop",phase="Pending"}']).toBe(0)
  expect(gauges['mcp_cluster_pods{namespace="shop",phase="Running"}']).toBe(2)
  expect(Object.entries(gauges).filter(([key, count]) => key.includes('open_issues') && count !== 0)).toEqual([])
})

test('pods that cannot be read are an error, other kinds that cannot are left out', async () => {
  const scope = namespaceScope()
  const fault = () => new Error('no')
  const look = clusterGauges({ reader: memoryReader([], { faults: { Pod: fault } }), scope, now: () => NOW })
  await expect(look()).rejects.toThrow('no')
})
