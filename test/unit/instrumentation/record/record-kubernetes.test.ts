import { beforeEach, describe, expect, it } from 'vitest'
import {
  recordClusterPods,
  recordIssueDetected,
  recordKubernetesOperation,
  recordOpenIssues,
  recordPodDiagnosis,
  recordRemediation,
} from '../../../../src/instrumentation/record/record-kubernetes.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

describe('recordKubernetesOperation', () => {
  it('counts operations by operation, resource and status, and records unlisted values as _OTHER', async () => {
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

  it('records the duration in seconds, and none for an operation of unknown duration', async () => {
    recordKubernetesOperation('get', 'nodes', 'success', 0.3)
    recordKubernetesOperation('get', 'nodes', 'error')

    const count = 'mcp_kubernetes_operation_duration_seconds_count{operation="get",resource="nodes"}'
    expect(await recorded.value(count)).toBe(1)
    expect(await recorded.value(count.replace('_count', '_sum'))).toBe(0.3)
  })
})

describe('recordPodDiagnosis', () => {
  it('counts pods by namespace and most severe finding, within the limit on namespaces', async () => {
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
})

describe('recordIssueDetected and recordRemediation', () => {
  it('count issues and remediations, and record unlisted values as _OTHER', async () => {
    recordIssueDetected('shop', 'oom_killed', 'critical')
    recordIssueDetected(undefined, 'node_not_ready', 'critical')
    recordIssueDetected('shop', 'gremlins', 'dire' as never)
    recordRemediation('restart', 'planned')
    recordRemediation('reboot' as never, 'verified')

    expect(await recorded.nonZero('mcp_issues_detected_total')).toEqual({
      'mcp_issues_detected_total{issue_type="oom_killed",namespace="shop",severity="critical"}': 1,
      'mcp_issues_detected_total{issue_type="node_not_ready",severity="critical"}': 1,
      'mcp_issues_detected_total{issue_type="_OTHER",namespace="shop",severity="_OTHER"}': 1,
    })
    expect(await recorded.nonZero('mcp_remediation_actions_total')).toEqual({
      'mcp_remediation_actions_total{action="restart",outcome="planned"}': 1,
      'mcp_remediation_actions_total{action="_OTHER",outcome="verified"}': 1,
    })
  })
})

describe('recordOpenIssues and recordClusterPods', () => {
  it('set gauges to the last reported value, including 0', async () => {
    recordOpenIssues('shop', 'oom_killed', 'critical', 3)
    recordOpenIssues('shop', 'oom_killed', 'critical', 2)
    recordClusterPods('shop', 'Running', 12)
    recordClusterPods('shop', 'Pending', 1)
    recordClusterPods('shop', 'Pending', 0)

    const all = await recorded.all()
    expect(all.get('mcp_cluster_open_issues{issue_type="oom_killed",namespace="shop",severity="critical"}')).toBe(2)
    expect(all.get('mcp_cluster_pods{namespace="shop",phase="Running"}')).toBe(12)
    expect(all.get('mcp_cluster_pods{namespace="shop",phase="Pending"}')).toBe(0)
  })
})
