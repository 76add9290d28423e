// Simulates the kubelet: derives the status of a pod from its template, its images and the objects that it refers to.
import { isDeepStrictEqual } from 'node:util'
import type { V1Container, V1ContainerStatus, V1Pod, V1PodStatus } from '@kubernetes/client-node'
import type { ObjectStore } from '../object-store.ts'
import { programOf } from '../programs.ts'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'
import type { ContainerOutcome } from './container-state.ts'
import { containerOutcome } from './container-state.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import { createdAt, metadataOf, tellEvent } from './controlled-cluster.ts'

export function runPods(view: ControlledCluster): void {
  for (const pod of view.store.list('pods')) {
    const { phase } = pod.status ?? {}
    if (pod.spec?.nodeName === undefined || phase === 'Failed' || phase === 'Succeeded') continue
    if (metadataOf(pod).deletionTimestamp !== undefined) continue
    runPod(view, pod)
  }
}

/** When the pod's containers first start, in milliseconds since 1970. */
export function startOf(view: ControlledCluster, pod: Stored<'pods'>): number {
  return createdAt(pod) + Math.max(view.podStartMs, 0)
}

function runPod(view: ControlledCluster, pod: Stored<'pods'>): void {
  const startedAt = startOf(view, pod)
  const started = view.now() >= startedAt
  const containers = pod.spec?.containers ?? []
  const outcomes = containers.map((container) =>
    started ? outcomeOf(view, pod, container, startedAt) : creating(container),
  )
  const status = statusOf(pod, outcomes, startedAt)
  if (!isDeepStrictEqual(status, pod.status)) view.store.update('pods', { ...pod, status } as Wire<V1Pod>)
  outcomes.forEach(({ events }, at) => {
    for (const { lastAt, ...event } of events) {
      const fieldPath = `spec.containers{${containers[at]?.name}}`
      tellEvent(view, 'pods', pod, { ...event, component: 'kubelet', firstAt: startedAt, lastAt, fieldPath })
    }
  })
}

function outcomeOf(
  view: ControlledCluster,
  pod: Stored<'pods'>,
  container: Wire<V1Container>,
  startedAt: number,
): ContainerOutcome {
  const { name, namespace, uid } = metadataOf(pod)
  return containerOutcome({
    container,
    program: programOf(view.programs, container.image),
    restartPolicy: pod.spec?.restartPolicy ?? 'Always',
    startedAt,
    now: view.now(),
    missing: missingFor(view.store, namespace, container),
    podName: `${name}_${namespace}(${uid})`,
  })
}

function creating({ name, image = '' }: Wire<V1Container>): ContainerOutcome {
  const state = { waiting: { reason: 'ContainerCreating' } }
  const status = { name, image, imageID: '', ready: false, started: false, restartCount: 0, state, lastState: {} }
  return { status, events: [] }
}

function statusOf(pod: Stored<'pods'>, outcomes: readonly ContainerOutcome[], startedAt: number): Wire<V1PodStatus> {
  const statuses = outcomes.map(({ status }) => status)
  const ready = statuses.every((status) => status.ready)
  const phase = phaseOf(statuses)
  const ended = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined
  const unready = statuses.filter((status) => !status.ready).map(({ name }) => name)
  const at = wireTime(startedAt)
  const readiness = (type: string) => ({
    type,
    status: ready ? 'True' : 'False',
    lastTransitionTime: at,
    ...(!ready && {
      reason: ended ?? 'ContainersNotReady',
      ...(ended === undefined && { message: `containers with unready status: [${unready.join(' ')}]` }),
    }),
  })
  const steady = (type: string) => ({ type, status: 'True', lastTransitionTime: at })
  return {
    phase,
    conditions: [steady('Initialized'), readiness('Ready'), readiness('ContainersReady'), steady('PodScheduled')],
    hostIP: '10.0.0.1',
    podIP: addressOf(pod),
    podIPs: [{ ip: addressOf(pod) }],
    startTime: wireTime(createdAt(pod)),
    containerStatuses: [...statuses],
    qosClass: 'Burstable',
  }
}

function phaseOf(statuses: readonly Wire<V1ContainerStatus>[]): string {
  const ended = statuses.map(({ state }) => state?.terminated)
  if (ended.every((end) => end !== undefined)) {
    return ended.every((end) => end?.exitCode === 0) ? 'Succeeded' : 'Failed'
  }
  const ran = statuses.some(({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated)
  return ran ? 'Running' : 'Pending'
}

/** The same for the life of a pod. */
function addressOf(pod: Stored<'pods'>): string {
  const [a = 0, b = 0] = Buffer.from(pod.metadata.uid.replaceAll('-', ''), 'hex')
  return `10.244.${a}.${b === 0 ? 1 : b}`
}

function missingFor(
  store: ObjectStore,
  namespace: string,
  { env = [], envFrom = [] }: Wire<V1Container>,
): string | undefined {
  for (const { configMapRef, secretRef } of envFrom) {
    for (const [kind, ref] of [
      ['configmap', configMapRef],
      ['secret', secretRef],
    ] as const) {
      if (ref?.name === undefined || ref.optional) continue
      if (keysOf(store, kind, namespace, ref.name) === undefined) return `${kind} "${ref.name}" not found`
    }
  }
  for (const { valueFrom } of env) {
    for (const [kind, ref] of [
      ['configmap', valueFrom?.configMapKeyRef],
      ['secret', valueFrom?.secretKeyRef],
    ] as const) {
      if (ref?.name === undefined || ref.optional) continue
      const keys = keysOf(store, kind, namespace, ref.name)
      if (keys === undefined) return `${kind} "${ref.name}" not found`
      const title = kind === 'configmap' ? 'ConfigMap' : 'Secret'
      if (!keys.includes(ref.key)) return `couldn't find key ${ref.key} in ${title} ${namespace}/${ref.name}`
    }
  }
  return undefined
}

function keysOf(
  store: ObjectStore,
  kind: 'configmap' | 'secret',
  namespace: string,
  name: string,
): string[] | undefined {
  const found = store.get(kind === 'configmap' ? 'configmaps' : 'secrets', namespace, name)
  return found === undefined ? undefined : Object.keys(found.data ?? {})
}
