// Describes which pods a new template replaces and how, for the person who approves the change: one after another, or all at
// the same time.
import type { V1DaemonSet, V1Deployment, V1StatefulSet } from '@kubernetes/client-node'
import type { ResourceTypes } from '../resource-calls.ts'

type Rolled = ResourceTypes['deployments' | 'statefulsets' | 'daemonsets']

type IntOrString = number | string

/** Pods of a StatefulSet below it keep the old template; 0 for all else. */
export function partitionOf({ spec }: Rolled): number {
  return (spec as V1StatefulSet['spec'])?.updateStrategy?.rollingUpdate?.partition ?? 0
}

/** Ends a sentence such as "Replaces all pods of Deployment shop/web". */
export function mannerOf(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', object: Rolled): string {
  const { spec } = object as V1Deployment
  if (kind === 'Deployment' && spec?.strategy?.type === 'Recreate') {
    return ', all at the same time: they end before the first new pod starts (Recreate), and no pod serves requests in the meantime.'
  }
  const [replaced, all, away] = AWAY[kind](object as never)
  if (Math.min(replaced, away) < Math.max(1, all)) return ', a few at a time.'
  return all === 1
    ? '. The old pod may end before the new one is ready, and no pod serves requests in the meantime.'
    : '. All of them may be unavailable at the same time, and no pod serves requests in the meantime.'
}

/** How many pods are replaced, of how many, and how many can be unavailable at the same time, rounded as the controllers do. */
const AWAY = {
  Deployment({ spec }: V1Deployment) {
    const { replicas = 1, strategy } = spec ?? {}
    const { maxUnavailable = '25%', maxSurge = '25%' } = strategy?.rollingUpdate ?? {}
    const away = Math.floor(shareOf(maxUnavailable, replicas))
    // With neither to spare it would not move at all.
    return [replicas, replicas, away === 0 && shareOf(maxSurge, replicas) === 0 ? 1 : away]
  },
  StatefulSet(object: V1StatefulSet) {
    const { replicas = 1, updateStrategy } = object.spec ?? {}
    const away = Math.floor(shareOf(updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, replicas))
    return [replicas - partitionOf(object), replicas, Math.max(1, away)]
  },
  DaemonSet({ spec, status }: V1DaemonSet) {
    const wanted = status?.desiredNumberScheduled ?? 0
    return [wanted, wanted, Math.ceil(shareOf(spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted))]
  },
} as const satisfies Record<string, (object: never) => readonly [number, number, number]>

function shareOf(given: IntOrString, all: number): number {
  const text = String(given)
  const number = Number.parseInt(text, 10) || 0
  return text.endsWith('%') ? (number * all) / 100 : number
}
