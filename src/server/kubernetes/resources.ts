// Lists the resources that the program reads: one row gives the path of its lists and watches.
import type { ResourceName } from './resource-calls.ts'

interface Resource {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  readonly namespaced: boolean
}

const core = { group: '', version: 'v1', namespaced: true }
const apps = { group: 'apps', version: 'v1', namespaced: true }
const batch = { group: 'batch', version: 'v1', namespaced: true }

const RESOURCES: Readonly<Record<ResourceName, Resource>> = {
  namespaces: { ...core, namespaced: false },
  nodes: { ...core, namespaced: false },
  pods: core,
  events: core,
  services: core,
  persistentvolumeclaims: core,
  resourcequotas: core,
  deployments: apps,
  replicasets: apps,
  statefulsets: apps,
  daemonsets: apps,
  jobs: batch,
  cronjobs: batch,
  horizontalpodautoscalers: { group: 'autoscaling', version: 'v2', namespaced: true },
  poddisruptionbudgets: { group: 'policy', version: 'v1', namespaced: true },
  endpointslices: { group: 'discovery.k8s.io', version: 'v1', namespaced: true },
}

/** @example pathOf('pods', 'shop') // /api/v1/namespaces/shop/pods */
export function pathOf(resource: ResourceName, namespace: string | undefined): string {
  const { group, version, namespaced } = RESOURCES[resource]
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const place = namespace === undefined || !namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${base}${place}/${resource}`
}
