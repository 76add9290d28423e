// Indexes the objects of a snapshot for the rules, once per diagnosis and in linear time.
import type { V1EndpointSlice, V1Node, V1ObjectMeta, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import type { Controller } from './controllers.ts'
import { CONTROLLERS } from './controllers.ts'
import { eventUids } from './event-uids.ts'
import type { EventView } from './event-view.ts'
import { latestFirst, viewEvent } from './event-view.ts'
import { entries, list, text } from './field.ts'
import { logHints } from './log-hints.ts'
import type { ObjectView } from './object-view.ts'
import { controllerOf, refOf } from './object-view.ts'
import type { PodView } from './pod-view.ts'
import { viewPod } from './pod-view.ts'
import type { Kind, Kinds, Snapshot } from './snapshot.ts'

export type ViewOf<K extends Kind> = K extends 'Pod' ? PodView : ObjectView<K>

export interface ClusterView {
  /** Milliseconds since 1970 at which the cluster is judged. */
  readonly now: number
  /** The views of a kind, each made when it is asked for. */
  of<K extends Kind>(kind: K): Iterable<ViewOf<K>>
  node(name: string): V1Node | undefined
  /** What controls an object, if that was read. */
  controllerOf(raw: { readonly metadata?: V1ObjectMeta }): Controller | undefined
  claim(namespace: string, name: string): V1PersistentVolumeClaim | undefined
  slices(namespace: string, service: string): readonly V1EndpointSlice[]
  /** Whether the pods of a namespace that carry these labels are any. */
  hasPods(namespace: string, labels: readonly (readonly [string, string])[]): boolean
  memoryBytes(namespace: string, pod: string, container: string): number | undefined
  /** Names of the known signatures in a container's log. */
  logHints(namespace: string, pod: string, container: string): readonly string[]
}

export function viewCluster({ objects, usage = [], logs = [] }: Snapshot, now: number): ClusterView {
  const events = indexEvents(objects.Event)
  const nodes = new Map(list(objects.Node).map((node) => [text(node.metadata?.name), node]))
  const claims = new Map(list(objects.PersistentVolumeClaim).map((claim) => [keyOf(claim), claim]))
  const slices = Map.groupBy(list(objects.EndpointSlice), ({ metadata }) =>
    [text(metadata?.namespace), entries(metadata?.labels).find(([key]) => key === SERVICE_LABEL)?.[1]].join('/'),
  )
  const memory = new Map(usage.map((one) => [[one.namespace, one.pod, one.container].join('/'), one.memoryBytes]))
  const hints = new Map(logs.map((one) => [[one.namespace, one.pod, one.container].join('/'), logHints(one.text)]))
  let labelled: Map<string, V1Pod[]> | undefined
  let controllers: Map<string, Controller> | undefined
  return {
    now,
    *of<K extends Kind>(kind: K) {
      for (const raw of uniqueObjects<K>(list<Kinds[K]>(objects[kind] as readonly Kinds[K][] | undefined))) {
        const ref = refOf(kind, raw)
        const its = events(ref.kind, ref.namespace, ref.name, eventUids(raw.metadata))
        const view = kind === 'Pod' ? viewPod(raw as Kinds['Pod'], its) : ({ ...ref, raw, events: its } as ObjectView)
        yield view as unknown as ViewOf<K>
      }
    },
    node: (name) => nodes.get(name),
    controllerOf(raw) {
      controllers ??= controllersByUid(objects)
      return controllers.get(text(controllerOf(raw)?.uid))
    },
    claim: (namespace, name) => claims.get(`${namespace}/${name}`),
    slices: (namespace, service) => slices.get(`${namespace}/${service}`) ?? [],
    hasPods(namespace, labels) {
      labelled ??= podsByLabel(objects.Pod)
      const found = labels.map((label) => labelled?.get([namespace, ...label].join('/')) ?? [])
      const [fewest = []] = found.toSorted((a, b) => a.length - b.length)
      return fewest.some(({ metadata }) => labels.every(([key, value]) => metadata?.labels?.[key] === value))
    },
    memoryBytes: (namespace, pod, container) => memory.get([namespace, pod, container].join('/')),
    logHints: (namespace, pod, container) => hints.get([namespace, pod, container].join('/')) ?? [],
  }
}

const SERVICE_LABEL = 'kubernetes.io/service-name'

function keyOf({ metadata }: V1PersistentVolumeClaim): string {
  return `${text(metadata?.namespace)}/${text(metadata?.name)}`
}

/** One object may have been read twice, as an owner and in a list. */
function uniqueObjects<K extends Kind>(objects: readonly Kinds[K][]): readonly Kinds[K][] {
  const seen = new Set<string>()
  return objects.filter(({ metadata }) => {
    const key = text(metadata?.uid) || `${text(metadata?.namespace)}/${text(metadata?.name)}`
    return !seen.has(key) && seen.add(key)
  })
}

function controllersByUid(objects: Snapshot['objects']): Map<string, Controller> {
  const all = CONTROLLERS.flatMap((kind) => list<object>(objects[kind]).map((raw) => ({ kind, raw }) as Controller))
  return new Map(all.map((one) => [text(one.raw.metadata?.uid), one] as const).filter(([uid]) => uid !== ''))
}

function podsByLabel(pods: Snapshot['objects']['Pod']): Map<string, V1Pod[]> {
  const index = new Map<string, V1Pod[]>()
  for (const pod of list(pods)) {
    for (const label of entries(pod.metadata?.labels)) {
      const key = [text(pod.metadata?.namespace), ...label].join('/')
      const known = index.get(key)
      if (known === undefined) index.set(key, [pod])
      else known.push(pod)
    }
  }
  return index
}

type EventsOf = (kind: string, namespace: string, name: string, uids: readonly string[]) => readonly EventView[]

/**
 * By uid, so that a pod does not inherit the events of one that had its name before. Events without a uid, and those of
 * nodes, which kubelets send with the node's name in its place, are found by name.
 */
function indexEvents(events: Snapshot['objects']['Event']): EventsOf {
  const index = Map.groupBy(list(events), ({ involvedObject: object }) => {
    const [kind, name, uid] = [text(object?.kind), text(object?.name), text(object?.uid)]
    if (uid !== '' && uid !== name) return uid
    return [kind, kind === 'Node' ? '' : text(object?.namespace), name].join('/')
  })
  return (kind, namespace, name, uids) => {
    const byName = index.get([kind, namespace, name].join('/')) ?? []
    const byUid = uids.flatMap((uid) => index.get(uid) ?? [])
    if (byName.length + byUid.length === 0) return NO_EVENTS
    return [...byUid, ...byName].map(viewEvent).sort(latestFirst)
  }
}

const NO_EVENTS: readonly EventView[] = []
