import { beforeEach, expect, test } from 'vitest'
import { recordKubernetesOperation, recordPodDiagnosis } from '../../../src/instrumentation/record-kubernetes.ts'
import type { RecordedSeries } from '../../support/recorded-series.ts'
import { recordSeries } from '../../support/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

test("operations on the Kubernetes API are the lab's series, and what is on no list is _OTHER", async () => {
  recordKubernetesOperation('list', 'pods', 'success')
  recordKubernetesOperation('list', 'pods', 'success')
  recordKubernetesOperation('evict', 'pods', 'error')
  recordKubernetesOperation('explode', 'web-7d4b9c', 'maybe' as never)

  expect(await recorded.nonZero('mcp_kubernetes_operations_total')).toEqual({
    'mcp_kubernetes_operations_total{operation="list",resource="pods",status="success"}': 2,
    'mcp_kubernetes_operations_total{operation="evict",resource="pods",status="error"}': 1,
    'mcp_kubernetes_operations_total{operation="_OTHER",resource="_OTHER",status="_OTHER"}': 1,
  })
})

test('how long an operation took is a histogram in seconds, and an operation of unknown length only counts', async () => {
  recordKubernetesOperation('get', 'nodes', 'success', 0.3)
  recordKubernetesOperation('get', 'nodes', 'error')

  const count = 'mcp_kubernetes_operation_duration_seconds_count{operation="get",resource="nodes"}'
  expect(await recorded.value(count)).toBe(1)
  expect(await recorded.value(count.replace('_count', '_sum'))).toBe(0.3)
})

test('pods that were diagnosed are counted by namespace and gravest finding, within the bound on namespaces', async () => {
  recordPodDiagnosis('shop', 'none')
  recordPodDiagnosis('shop', 'crash_loop')
  recordPodDiagnosis('shop', 'crash_loop')

  expect(await recorded.nonZero('mcp_pods_diagnosed_total')).toEqual({
    'mcp_pods_diagnosed_total{issue_type="none",namespace="shop"}': 1,
    'mcp_pods_diagnosed_total{issue_type="crash_loop",namespace="shop"}': 2,
  })
  for (let namespace = 0; namespace < 300; namespace += 1) recordPodDiagnosis(`ns-${namespace}`, 'none')

  const all = await recorded.nonZero('mcp_pods_diagnosed_total')
  expect(Object.keys(all).length).toBe(2 + 99 + 1)
  expect(all['mcp_pods_diagnosed_total{issue_type="none",namespace="_OTHER"}']).toBe(201)
})
