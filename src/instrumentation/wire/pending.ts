// Operations that wait for their response, by JSON-RPC id. A number and a string that look alike are two ids, and a peer
// that uses an id again while it is in flight has two operations: they are answered first come, first served.
import type { MessageId } from './json-rpc.ts'

export interface Pending<T> {
  add(id: MessageId, entry: T): void
  /** The oldest entry under `id` for which `fits` holds. */
  find(id: MessageId, fits?: (entry: T) => boolean): T | undefined
  remove(id: MessageId, entry: T): void
  all(): T[]
}

export function createPending<T>(): Pending<T> {
  // Sets, since a peer may put ten thousand under one id: each one taken out of an array would cost a copy of the rest.
  const entries = new Map<MessageId, Set<T>>()
  return {
    add(id, entry) {
      const sameId = entries.get(id)
      if (sameId === undefined) entries.set(id, new Set([entry]))
      else sameId.add(entry)
    },
    find: (id, fits = () => true) => entries.get(id)?.values().find(fits),
    remove(id, entry) {
      const sameId = entries.get(id)
      sameId?.delete(entry)
      if (sameId?.size === 0) entries.delete(id)
    },
    all: () => [...entries.values()].flatMap((sameId) => [...sameId]),
  }
}
