// Permissions in, a remediator of a simulated cluster out, stopped with the test, and what it counted of each action.
import { namespaceScope } from '../../../src/server/kubernetes/namespace-scope.ts'
import { permissionFrom, remediationPolicy } from '../../../src/server/kubernetes/remediation/permission.ts'
import type { RemediationRequest } from '../../../src/server/kubernetes/remediation/plan.ts'
import { createRemediator } from '../../../src/server/kubernetes/remediation/remediate.ts'
import { recordSeries } from '../telemetry/recorded-series.ts'
import type { TestClusterOptions } from './test-cluster.ts'
import { startTestCluster } from './test-cluster.ts'

export const CART: RemediationRequest['target'] = { kind: 'Deployment', namespace: 'shop', name: 'cart' }
export const WEB: RemediationRequest['target'] = { ...CART, name: 'web' }

export interface RemediatorOptions extends TestClusterOptions {
  readonly now?: () => number
  readonly settleMs?: number | 'default'
  readonly onChange?: () => void
}

/** @param allowed permissions, as options give them */
export async function startRemediator(allowed = ['*@*'], options: RemediatorOptions = {}) {
  const series = recordSeries()
  const cluster = await startTestCluster(options)
  const { now = Date.now, settleMs = 300, onChange } = options
  const remediator = createRemediator({
    api: cluster.api,
    scope: namespaceScope(),
    policy: remediationPolicy(allowed.map(permissionFrom)),
    now,
    verifyMs: 7_000,
    ...(settleMs !== 'default' && { settleMs }),
    pollMs: 50,
    ...(onChange && { onChange }),
  })
  const outcomes = async (action: string) => {
    const all = await series.all()
    return Object.fromEntries(
      [...all]
        .filter(([name]) => name.startsWith('mcp_remediation_actions_total') && name.includes(`action="${action}"`))
        .map(([name, value]) => [/outcome="(\w+)"/.exec(name)?.[1], value])
        .filter(([, value]) => value !== 0),
    )
  }
  const deployment = (name: string) => cluster.api.get('deployments', { namespace: 'shop', name })
  return { ...remediator, cluster, series, outcomes, deployment }
}
