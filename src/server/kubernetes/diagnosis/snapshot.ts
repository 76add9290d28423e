// Declares the snapshot that a diagnosis evaluates: API objects that were read at about the same time.
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

/** The kinds that are judged, and the objects that the API has for them. */
export interface Kinds {
  Pod: V1Pod
  Deployment: V1Deployment
  ReplicaSet: V1ReplicaSet
  StatefulSet: V1StatefulSet
  DaemonSet: V1DaemonSet
  Job: V1Job
  CronJob: V1CronJob
  PersistentVolumeClaim: V1PersistentVolumeClaim
  Service: V1Service
  HorizontalPodAutoscaler: V2HorizontalPodAutoscaler
  PodDisruptionBudget: V1PodDisruptionBudget
  ResourceQuota: V1ResourceQuota
  Node: V1Node
  Namespace: V1Namespace
}
export type Kind = keyof Kinds

/** What is read besides, to judge the others by. */
export interface Readable extends Kinds {
  Event: CoreV1Event
  EndpointSlice: V1EndpointSlice
}
export type ReadableKind = keyof Readable

/** What a container uses, from the metrics API. */
export interface ContainerUsage {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly memoryBytes: number
}

/** The last lines that a container wrote. Only signatures are looked for in them; no line is ever quoted. */
export interface ContainerLog {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly text: string
}

/** A kind that could not be read, and why: its issues are then not found, which is not the same as not there. */
export interface Unread {
  readonly kind: ReadableKind | 'Log' | 'PodMetrics'
  readonly reason: 'forbidden' | 'not_found' | 'timeout' | 'unavailable'
}

export interface Snapshot {
  readonly objects: { readonly [K in ReadableKind]?: readonly Readable[K][] }
  readonly usage?: readonly ContainerUsage[]
  readonly logs?: readonly ContainerLog[]
  readonly unread?: readonly Unread[]
}
