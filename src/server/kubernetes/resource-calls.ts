// Maps each resource to the calls of the Kubernetes client that list and get it.
import type {
  CoreV1Event,
  KubernetesListObject,
  KubernetesObject,
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

export interface ListParameters {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly _continue?: string
  readonly resourceVersion?: string
}

interface ResourceCalls<T extends KubernetesObject> {
  all(query: ListParameters, options: Options): Promise<KubernetesListObject<T>>
  /** Undefined for cluster-wide objects. */
  readonly within?: (
    query: ListParameters & { namespace: string },
    options: Options,
  ) => Promise<KubernetesListObject<T>>
  one(query: { name: string; namespace: string }, options: Options): Promise<T>
}

export const API_CLASSES = {
  core: CoreV1Api,
  apps: AppsV1Api,
  batch: BatchV1Api,
  autoscaling: AutoscalingV2Api,
  policy: PolicyV1Api,
  discovery: DiscoveryV1Api,
  authorization: AuthorizationV1Api,
} as const

type CallTable = { readonly [R in ResourceName]: ResourceCalls<ResourceTypes[R]> }

export function callTable({ core, apps, batch, autoscaling, policy, discovery }: ClusterApis): CallTable {
  return {
    namespaces: { all: (q, o) => core.listNamespace(q, o), one: (q, o) => core.readNamespace(q, o) },
    nodes: { all: (q, o) => core.listNode(q, o), one: (q, o) => core.readNode(q, o) },
    pods: {
      all: (q, o) => core.listPodForAllNamespaces(q, o),
      within: (q, o) => core.listNamespacedPod(q, o),
      one: (q, o) => core.readNamespacedPod(q, o),
    },
    events: {
      all: (q, o) => core.listEventForAllNamespaces(q, o),
      within: (q, o) => core.listNamespacedEvent(q, o),
      one: (q, o) => core.readNamespacedEvent(q, o),
    },
    services: {
      all: (q, o) => core.listServiceForAllNamespaces(q, o),
      within: (q, o) => core.listNamespacedService(q, o),
      one: (q, o) => core.readNamespacedService(q, o),
    },
    persistentvolumeclaims: {
      all: (q, o) => core.listPersistentVolumeClaimForAllNamespaces(q, o),
      within: (q, o) => core.listNamespacedPersistentVolumeClaim(q, o),
      one: (q, o) => core.readNamespacedPersistentVolumeClaim(q, o),
    },
    resourcequotas: {
      all: (q, o) => core.listResourceQuotaForAllNamespaces(q, o),
      within: (q, o) => core.listNamespacedResourceQuota(q, o),
      one: (q, o) => core.readNamespacedResourceQuota(q, o),
    },
    deployments: {
      all: (q, o) => apps.listDeploymentForAllNamespaces(q, o),
      within: (q, o) => apps.listNamespacedDeployment(q, o),
      one: (q, o) => apps.readNamespacedDeployment(q, o),
    },
    replicasets: {
      all: (q, o) => apps.listReplicaSetForAllNamespaces(q, o),
      within: (q, o) => apps.listNamespacedReplicaSet(q, o),
      one: (q, o) => apps.readNamespacedReplicaSet(q, o),
    },
    statefulsets: {
      all: (q, o) => apps.listStatefulSetForAllNamespaces(q, o),
      within: (q, o) => apps.listNamespacedStatefulSet(q, o),
      one: (q, o) => apps.readNamespacedStatefulSet(q, o),
    },
    daemonsets: {
      all: (q, o) => apps.listDaemonSetForAllNamespaces(q, o),
      within: (q, o) => apps.listNamespacedDaemonSet(q, o),
      one: (q, o) => apps.readNamespacedDaemonSet(q, o),
    },
    jobs: {
      all: (q, o) => batch.listJobForAllNamespaces(q, o),
      within: (q, o) => batch.listNamespacedJob(q, o),
      one: (q, o) => batch.readNamespacedJob(q, o),
    },
    cronjobs: {
      all: (q, o) => batch.listCronJobForAllNamespaces(q, o),
      within: (q, o) => batch.listNamespacedCronJob(q, o),
      one: (q, o) => batch.readNamespacedCronJob(q, o),
    },
    horizontalpodautoscalers: {
      all: (q, o) => autoscaling.listHorizontalPodAutoscalerForAllNamespaces(q, o),
      within: (q, o) => autoscaling.listNamespacedHorizontalPodAutoscaler(q, o),
      one: (q, o) => autoscaling.readNamespacedHorizontalPodAutoscaler(q, o),
    },
    poddisruptionbudgets: {
      all: (q, o) => policy.listPodDisruptionBudgetForAllNamespaces(q, o),
      within: (q, o) => policy.listNamespacedPodDisruptionBudget(q, o),
      one: (q, o) => policy.readNamespacedPodDisruptionBudget(q, o),
    },
    endpointslices: {
      all: (q, o) => discovery.listEndpointSliceForAllNamespaces(q, o),
      within: (q, o) => discovery.listNamespacedEndpointSlice(q, o),
      one: (q, o) => discovery.readNamespacedEndpointSlice(q, o),
    },
  }
}
