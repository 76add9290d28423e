// Declares the cluster access that the Kubernetes tools share.
import type { ClusterApi } from '../../kubernetes/cluster-api.ts'
import type { NamespaceScope } from '../../kubernetes/namespace-scope.ts'
import type { ClusterReads } from '../../kubernetes/read-cache.ts'

export interface ToolCluster {
  /** Lists and gets, shared between tools. */
  readonly reads: ClusterReads
  readonly log: ClusterApi['log']
  readonly scope: NamespaceScope
  /** Milliseconds since 1970. */
  readonly now: () => number
}
