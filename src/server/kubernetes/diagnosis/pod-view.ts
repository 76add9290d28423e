// Provides the data of a pod that the pod rules need.
import type { V1Pod } from '@kubernetes/client-node'
import type { ContainerView } from './container-view.ts'
import { viewContainers } from './container-view.ts'
import type { EventView } from './event-view.ts'
import { text, time } from './field.ts'
import type { ObjectView } from './object-view.ts'
import { refOf } from './object-view.ts'

export interface PodView extends ObjectView<'Pod'> {
  readonly phase: string
  /** `status.reason`: why the whole pod failed, such as `Evicted`. */
  readonly reason: string
  /** `status.message`, as sent. */
  readonly message: string
  readonly node: string
  readonly containers: readonly ContainerView[]
  /** When deletion was asked for and the time given for it had passed; undefined if nobody asked. */
  readonly deletedAt: number | undefined
}

export function viewPod(raw: V1Pod, events: readonly EventView[]): PodView {
  const { spec, status, metadata } = raw
  let containers: readonly ContainerView[] | undefined
  return {
    ...refOf('Pod', raw),
    raw,
    events,
    phase: text(status?.phase),
    reason: text(status?.reason),
    message: text(status?.message),
    node: text(spec?.nodeName),
    // Most pods are well, and nothing asks for their containers.
    get containers() {
      containers ??= viewContainers(raw)
      return containers
    },
    deletedAt: time(metadata?.deletionTimestamp),
  }
}

/** The events of a reason whose message fits, about a container if one is named; latest first. */
export function eventsOf(
  { events }: { readonly events: readonly EventView[] },
  reason: string | RegExp,
  message?: RegExp,
  container?: string,
): readonly EventView[] {
  return events.filter(
    (event) =>
      (typeof reason === 'string' ? event.reason === reason : reason.test(event.reason)) &&
      (message?.test(event.message) ?? true) &&
      (container === undefined || event.container === '' || event.container === container),
  )
}
