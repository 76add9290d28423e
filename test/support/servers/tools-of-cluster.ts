// A cluster's API in, the tools that the server would offer over it out.
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { namespaceScope } from '../../../src/server/kubernetes/namespace-scope.ts'
import { cacheReads } from '../../../src/server/kubernetes/read-cache.ts'
import { permissionFrom } from '../../../src/server/kubernetes/remediation/permission.ts'
import type { Tool } from '../../../src/server/tools/tool.ts'
import { toolsOf } from '../../../src/server/toolsets.ts'

export interface ToolsOfClusterOptions {
  /** A remediation is verified for a share of it. */
  readonly deadlineMs: number
  /** What may be remediated. @default everything */
  readonly allowed?: readonly string[]
  /** Of the read cache; 0, so that each call reaches the API. */
  readonly ttlMs?: number
}

export function toolsOfCluster(
  api: ClusterApi,
  { deadlineMs, allowed = ['*@*'], ttlMs }: ToolsOfClusterOptions,
): readonly Tool[] {
  const reads = cacheReads(api, ttlMs === undefined ? {} : { ttlMs })
  const allowRemediation = allowed.map(permissionFrom)
  return toolsOf(
    { demoTools: false, allowRemediation, protectedNamespaces: [], deadlineMs },
    { api, reads, forget: reads.forget, log: api.log, scope: namespaceScope(), now: Date.now },
  )
}
