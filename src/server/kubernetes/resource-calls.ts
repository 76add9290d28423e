// Maps each resource to the call of the Kubernetes client that gets one object, which a write may start from.
import type {
  CoreV1Event,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Job,
  V1Namespace,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1ResourceQuota,
  V1Service,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node'
import {
  AppsV1Api,
  AuthorizationV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  DiscoveryV1Api,
  PolicyV1Api,
} from '@kubernetes/client-node'

/** No Secrets and no ConfigMaps, because nothing here needs them. */
export interface ResourceTypes {
  namespaces: V1Namespace
  nodes: V1Node
  pods: V1Pod
  events: CoreV1Event
  services: V1Service
  persistentvolumeclaims: V1PersistentVolumeClaim
  resourcequotas: V1ResourceQuota
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
export type ResourceName = keyof ResourceTypes

export interface ObjectName {
  /** Empty for cluster-wide objects. */
  readonly namespace: string
  readonly name: string
}

/** The generated client, group by group: for calls that have no shorter form. */
export interface ClusterApis {
  readonly core: CoreV1Api
  readonly apps: AppsV1Api
  readonly batch: BatchV1Api
  readonly autoscaling: AutoscalingV2Api
  readonly policy: PolicyV1Api
  readonly discovery: DiscoveryV1Api
  readonly authorization: AuthorizationV1Api
}

type Options = Parameters<CoreV1Api['listNode']>[1]

type Get<T> = (object: ObjectName, options: Options) => Promise<T>

export const API_CLASSES = {
  core: CoreV1Api,
  apps: AppsV1Api,
  batch: BatchV1Api,
  autoscaling: AutoscalingV2Api,
  policy: PolicyV1Api,
  discovery: DiscoveryV1Api,
  authorization: AuthorizationV1Api,
} as const

type CallTable = { readonly [R in ResourceName]: Get<ResourceTypes[R]> }

export function callTable({ core, apps, batch, autoscaling, policy, discovery }: ClusterApis): CallTable {
  return {
    namespaces: (q, o) => core.readNamespace(q, o),
    nodes: (q, o) => core.readNode(q, o),
    pods: (q, o) => core.readNamespacedPod(q, o),
    events: (q, o) => core.readNamespacedEvent(q, o),
    services: (q, o) => core.readNamespacedService(q, o),
    persistentvolumeclaims: (q, o) => core.readNamespacedPersistentVolumeClaim(q, o),
    resourcequotas: (q, o) => core.readNamespacedResourceQuota(q, o),
    deployments: (q, o) => apps.readNamespacedDeployment(q, o),
    replicasets: (q, o) => apps.readNamespacedReplicaSet(q, o),
    statefulsets: (q, o) => apps.readNamespacedStatefulSet(q, o),
    daemonsets: (q, o) => apps.readNamespacedDaemonSet(q, o),
    jobs: (q, o) => batch.readNamespacedJob(q, o),
    cronjobs: (q, o) => batch.readNamespacedCronJob(q, o),
    horizontalpodautoscalers: (q, o) => autoscaling.readNamespacedHorizontalPodAutoscaler(q, o),
    poddisruptionbudgets: (q, o) => policy.readNamespacedPodDisruptionBudget(q, o),
    endpointslices: (q, o) => discovery.readNamespacedEndpointSlice(q, o),
  }
}
