// Maps the kinds that a diagnosis reads to their API resources.
import type { ReadableKind } from './diagnosis/snapshot.ts'
import type { ResourceName } from './resource-calls.ts'

export const RESOURCE_OF = {
  Pod: 'pods',
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Service: 'services',
  HorizontalPodAutoscaler: 'horizontalpodautoscalers',
  PodDisruptionBudget: 'poddisruptionbudgets',
  ResourceQuota: 'resourcequotas',
  Node: 'nodes',
  Namespace: 'namespaces',
  Event: 'events',
  EndpointSlice: 'endpointslices',
} as const satisfies Record<ReadableKind, ResourceName>
