// Provides the data of an object that every rule needs: identity, owner and events.
import type { V1ObjectMeta, V1OwnerReference } from '@kubernetes/client-node'
import type { EventView } from './event-view.ts'
import { list, text } from './field.ts'
import type { ObjectRef } from './finding.ts'
import type { Kind, Kinds } from './snapshot.ts'

export interface ObjectView<K extends Kind = Kind> extends ObjectRef {
  readonly kind: K
  readonly raw: Kinds[K]
  /** Latest first. */
  readonly events: readonly EventView[]
}

export function refOf<K extends Kind>(kind: K, raw: Kinds[K]): ObjectRef & { readonly kind: K } {
  const metadata: V1ObjectMeta | undefined = raw.metadata
  return {
    kind,
    namespace: text(metadata?.namespace),
    name: text(metadata?.name),
    uid: text(metadata?.uid),
  }
}

/** The owner that controls an object. */
export function controllerOf(raw: { readonly metadata?: V1ObjectMeta }): V1OwnerReference | undefined {
  const owners = list(raw.metadata?.ownerReferences)
  return owners.find(({ controller }) => controller === true) ?? owners[0]
}

/** A condition of any kind of object. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: Date
}

/** Whether the condition of a type is there and true. */
export function isTrue(status: Parameters<typeof conditionOf>[0], type: string): boolean {
  return conditionOf(status, type)?.status === 'True'
}

/** The condition of a type. */
export function conditionOf(
  status: { readonly conditions?: readonly Condition[] } | undefined,
  type: string,
): Condition | undefined {
  return list(status?.conditions).find((condition) => condition.type === type)
}
