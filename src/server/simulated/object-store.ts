// Stores the simulated objects with resource versions, history and conflicts.
import { randomUUID } from 'node:crypto'
import type { Draft, ServedName, Stored } from './served-resources.ts'
import { apiVersionOf, SERVED, SERVED_NAMES } from './served-resources.ts'
import { notFound, StatusError } from './status-error.ts'
import { wireTime } from './wire.ts'

/** What was changed. Objects are replaced and never altered, so that all who hold one have the state it stood for. */
export interface Change<R extends ServedName = ServedName> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: R
  readonly version: number
  /** After the change; of a deletion, the last state under the deletion's version. */
  readonly object: Stored<R>
  readonly before: Stored<R> | undefined
}

export interface ObjectStore {
  /** The last resource version given out. */
  readonly version: number
  get<R extends ServedName>(resource: R, namespace: string | undefined, name: string): Stored<R> | undefined
  /** In the order of namespace and name; all namespaces if none is given. */
  list<R extends ServedName>(resource: R, namespace?: string): Stored<R>[]
  /** The list as it was at a version; undefined if that is too long ago to tell. */
  listAt<R extends ServedName>(resource: R, version: number, namespace?: string): Stored<R>[] | undefined
  create<R extends ServedName>(resource: R, draft: Draft<R>): Stored<R>
  /** Replaces an object of that name. A resource version in it must be the current one. */
  update<R extends ServedName>(resource: R, object: Draft<R>): Stored<R>
  remove<R extends ServedName>(resource: R, namespace: string | undefined, name: string): Stored<R>
  /** Changes after a version; undefined if that is too long ago to tell. */
  changesSince(version: number): readonly Change[] | undefined
  /** Forgets the history, as a compaction does: versions before now are gone. */
  compact(): void
  /** Hears of each change; returns how to stop. */
  onChange(listener: (change: Change) => void): () => void
}

interface ObjectStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Changes kept. @default 2000 */
  readonly history?: number
}

export function createObjectStore({ now, history = 2_000 }: ObjectStoreOptions): ObjectStore {
  const objects = new Map(SERVED_NAMES.map((resource) => [resource, new Map<string, Stored<ServedName>>()]))
  const listeners = new Set<(change: Change) => void>()
  /** Sorting anew for each page of a long list would cost more than the page. */
  const sortedLists = new Map<ServedName, Stored<ServedName>[]>()
  let changes: Change[] = []
  let version = 1_000
  let forgotten = version

  const of = (resource: ServedName) => objects.get(resource) as Map<string, Stored<ServedName>>
  const listed = (resource: ServedName, namespace: string | undefined) => {
    const all = sortedLists.get(resource) ?? sorted(of(resource))
    sortedLists.set(resource, all)
    return namespace === undefined ? [...all] : all.filter((object) => object.metadata.namespace === namespace)
  }
  const record = (change: Change) => {
    sortedLists.delete(change.resource)
    changes.push(change)
    if (changes.length > history) {
      const dropped = changes.splice(0, Math.ceil(history / 4))
      forgotten = dropped.at(-1)?.version ?? forgotten
    }
    for (const listener of [...listeners]) listener(change)
  }
  const put = <R extends ServedName>(resource: R, key: string, draft: Draft<R>, metadata: object): Stored<R> => {
    version += 1
    const before = of(resource).get(key) as Stored<R> | undefined
    const object = {
      ...draft,
      apiVersion: apiVersionOf(resource),
      kind: SERVED[resource].kind,
      metadata: { ...draft.metadata, ...metadata, resourceVersion: String(version) },
    } as unknown as Stored<R>
    of(resource).set(key, object as Stored<ServedName>)
    record({ type: before === undefined ? 'ADDED' : 'MODIFIED', resource, version, object, before } as Change)
    return object
  }
  const existing = <R extends ServedName>(resource: R, namespace: string | undefined, name: string): Stored<R> => {
    const found = of(resource).get(keyOf(namespace, name))
    if (found === undefined) throw notFound(SERVED[resource].group, resource, name)
    return found as unknown as Stored<R>
  }

  return {
    get version() {
      return version
    },
    get<R extends ServedName>(resource: R, namespace: string | undefined, name: string) {
      return of(resource).get(keyOf(namespace, name)) as Stored<R> | undefined
    },
    list<R extends ServedName>(resource: R, namespace?: string) {
      return listed(resource, namespace) as unknown as Stored<R>[]
    },
    listAt<R extends ServedName>(resource: R, at: number, namespace?: string) {
      if (at < forgotten) return undefined
      const since = changes.filter((change) => change.version > at && change.resource === resource)
      if (since.length === 0) return listed(resource, namespace) as unknown as Stored<R>[]
      const then = new Map(of(resource))
      for (const change of since.reverse()) {
        const key = keyOf(change.object.metadata.namespace, change.object.metadata.name)
        if (change.before === undefined) then.delete(key)
        else then.set(key, change.before)
      }
      return sorted(then).filter(
        (object) => namespace === undefined || object.metadata.namespace === namespace,
      ) as unknown as Stored<R>[]
    },
    create(resource, draft) {
      const { name = '', namespace } = draft.metadata ?? {}
      const key = keyOf(namespace, name)
      if (of(resource).has(key)) {
        const { group } = SERVED[resource]
        const qualified = group === '' ? resource : `${resource}.${group}`
        throw new StatusError('AlreadyExists', `${qualified} "${name}" already exists`, { name, kind: resource })
      }
      return put(resource, key, draft, {
        uid: draft.metadata?.uid ?? randomUUID(),
        creationTimestamp: draft.metadata?.creationTimestamp ?? wireTime(now()),
      })
    },
    update(resource, object) {
      const { name = '', namespace, resourceVersion } = object.metadata ?? {}
      const { uid, creationTimestamp, resourceVersion: current } = existing(resource, namespace, name).metadata
      if (resourceVersion && resourceVersion !== current) throw conflict(resource, name)
      return put(resource, keyOf(namespace, name), object, { uid, creationTimestamp })
    },
    remove(resource, namespace, name) {
      const before = existing(resource, namespace, name)
      of(resource).delete(keyOf(namespace, name))
      version += 1
      const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } }
      record({ type: 'DELETED', resource, version, object, before } as Change)
      return before
    },
    changesSince(since) {
      if (since < forgotten) return undefined
      return changes.filter((change) => change.version > since)
    },
    compact() {
      changes = []
      forgotten = version
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export function conflict(resource: ServedName, name: string): StatusError {
  const { group } = SERVED[resource]
  const qualified = group === '' ? resource : `${resource}.${group}`
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { name, kind: resource },
  )
}

/** Keys sort as the API lists: by namespace, then by name. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

function sorted(all: ReadonlyMap<string, Stored<ServedName>>): Stored<ServedName>[] {
  return [...all].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object)
}
