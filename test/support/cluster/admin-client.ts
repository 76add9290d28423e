// The generated Kubernetes client and a whole list, for the objects that tests create, change and count themselves.
import type { KubeConfig } from '@kubernetes/client-node'
import { AppsV1Api, CoreV1Api, PolicyV1Api } from '@kubernetes/client-node'
import type { ClusterApi, ListQuery } from '../../../src/server/kubernetes/cluster-api.ts'
import type { ResourceName, ResourceTypes } from '../../../src/server/kubernetes/resource-calls.ts'

/** Makes requests that nothing measures, and throws the client's own errors. */
export interface AdminClient {
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly policy: PolicyV1Api
}

export function adminClient(kubeConfig: KubeConfig): AdminClient {
  return {
    core: kubeConfig.makeApiClient(CoreV1Api),
    apps: kubeConfig.makeApiClient(AppsV1Api),
    policy: kubeConfig.makeApiClient(PolicyV1Api),
  }
}

/** Returns the objects of all pages. */
export async function listAll<R extends ResourceName>(
  api: Pick<ClusterApi, 'list'>,
  resource: R,
  query: ListQuery = {},
): Promise<readonly ResourceTypes[R][]> {
  const items: ResourceTypes[R][] = []
  let continueFrom: string | undefined
  do {
    const page = await api.list(resource, { ...query, ...(continueFrom !== undefined && { continueFrom }) })
    items.push(...page.items)
    continueFrom = page.continueFrom
  } while (continueFrom !== undefined)
  return items
}
