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
  const entries = new Map<MessageId, T[]>()
  return {
    add(id, entry) {
      const sameId = entries.get(id)
      if (sameId === undefined) entries.set(id, [entry])
      else sameId.push(entry)
    },
    find: (id, fits = () => true) => entries.get(id)?.find(fits),
    remove(id, entry) {
      const left = entries.get(id)?.filter((other) => other !== entry) ?? []
      if (left.length === 0) entries.delete(id)
      else entries.set(id, left)
    },
    all: () => [...entries.values()].flat(),
  }
}
