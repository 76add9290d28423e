// Lists the resources that the simulated API server serves. Routes, stores and field selectors derive from this list.
import type {
  CoreV1Event,
  V1ConfigMap,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Endpoints,
  V1Job,
  V1LimitRange,
  V1Namespace,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1ResourceQuota,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node'
import type { Wire } from './wire.ts'

interface ServedTypes {
  namespaces: V1Namespace
  nodes: V1Node
  pods: V1Pod
  events: CoreV1Event
  services: V1Service
  endpoints: V1Endpoints
  configmaps: V1ConfigMap
  secrets: V1Secret
  persistentvolumeclaims: V1PersistentVolumeClaim
  resourcequotas: V1ResourceQuota
  limitranges: V1LimitRange
  serviceaccounts: V1ServiceAccount
  deployments: V1Deployment
  replicasets: V1ReplicaSet
  statefulsets: V1StatefulSet
  daemonsets: V1DaemonSet
  jobs: V1Job
  cronjobs: V1CronJob
  horizontalpodautoscalers: V2HorizontalPodAutoscaler
  poddisruptionbudgets: V1PodDisruptionBudget
  endpointslices: V1EndpointSlice
}

export type ServedName = keyof ServedTypes

/** An object before the server has given it an identity. */
export type Draft<R extends ServedName> = Wire<ServedTypes[R]>

interface StoredMetadata {
  name: string
  uid: string
  resourceVersion: string
  creationTimestamp: string
  namespace?: string
}

/** An object as the server keeps and sends it. */
export type Stored<R extends ServedName> = Wire<ServedTypes[R]> & {
  apiVersion: string
  kind: string
  metadata: StoredMetadata
}

interface ServedResource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespaced: boolean
  /** Whether status is a subresource: written by itself, and not with the rest. */
  readonly status: boolean
  readonly scale?: true
}

const core = { group: '', version: 'v1', namespaced: true, status: true }
const apps = { group: 'apps', version: 'v1', namespaced: true, status: true }
const batch = { group: 'batch', version: 'v1', namespaced: true, status: true }

export const SERVED: Readonly<Record<ServedName, ServedResource>> = {
  namespaces: { ...core, kind: 'Namespace', namespaced: false },
  nodes: { ...core, kind: 'Node', namespaced: false },
  pods: { ...core, kind: 'Pod' },
  events: { ...core, kind: 'Event', status: false },
  services: { ...core, kind: 'Service' },
  endpoints: { ...core, kind: 'Endpoints', status: false },
  configmaps: { ...core, kind: 'ConfigMap', status: false },
  secrets: { ...core, kind: 'Secret', status: false },
  persistentvolumeclaims: { ...core, kind: 'PersistentVolumeClaim' },
  resourcequotas: { ...core, kind: 'ResourceQuota' },
  limitranges: { ...core, kind: 'LimitRange', status: false },
  serviceaccounts: { ...core, kind: 'ServiceAccount', status: false },
  deployments: { ...apps, kind: 'Deployment', scale: true },
  replicasets: { ...apps, kind: 'ReplicaSet', scale: true },
  statefulsets: { ...apps, kind: 'StatefulSet', scale: true },
  daemonsets: { ...apps, kind: 'DaemonSet' },
  jobs: { ...batch, kind: 'Job' },
  cronjobs: { ...batch, kind: 'CronJob' },
  horizontalpodautoscalers: { ...core, group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  poddisruptionbudgets: { ...core, group: 'policy', kind: 'PodDisruptionBudget' },
  endpointslices: { ...core, group: 'discovery.k8s.io', kind: 'EndpointSlice', status: false },
}

export const SERVED_NAMES = Object.keys(SERVED) as readonly ServedName[]

export function apiVersionOf(resource: ServedName): string {
  const { group, version } = SERVED[resource]
  return group === '' ? version : `${group}/${version}`
}

/** The resource of that group, version and plural, if it is served. */
export function servedName(group: string, version: string, plural: string): ServedName | undefined {
  if (!Object.hasOwn(SERVED, plural)) return undefined
  const served = SERVED[plural as ServedName]
  return served.group === group && served.version === version ? (plural as ServedName) : undefined
}
