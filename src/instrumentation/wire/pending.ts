// Operations that wait for their response, by JSON-RPC id. A number and a string that look alike are two ids, and a peer
// that uses an id again while it is in flight has two operations: they are answered first come, first served.
import type { MessageId } from './json-rpc.ts'

export interface Pending<T> {
  add(id: MessageId, entry: T): void
  /** The oldest entry under `id` for which `fits` holds; of several, the oldest that is also `preferred`. */
  find(id: MessageId, fits?: (entry: T) => boolean, preferred?: (entry: T) => boolean): T | undefined
  remove(id: MessageId, entry: T): void
  all(): T[]
}

export function createPending<T>(): Pending<T> {
  // One under an id, the usual case, is by itself and needs no set. Several are a set, since a peer may put ten thousand under
  // one id, and each one taken out of an array would cost a copy of the rest.
  const entries = new Map<MessageId, T | Set<T>>()
  return {
    add(id, entry) {
      const sameId = entries.get(id)
      if (sameId === undefined) entries.set(id, entry)
      else if (sameId instanceof Set) sameId.add(entry)
      else entries.set(id, new Set([sameId, entry]))
    },
    find(id, fits = () => true, preferred = fits) {
      const sameId = entries.get(id)
      if (sameId instanceof Set) {
        return sameId.values().find((entry) => fits(entry) && preferred(entry)) ?? sameId.values().find(fits)
      }
      return sameId !== undefined && fits(sameId) ? sameId : undefined
    },
    remove(id, entry) {
      const sameId = entries.get(id)
      if (sameId === entry) entries.delete(id)
      if (!(sameId instanceof Set)) return
      sameId.delete(entry)
      if (sameId.size === 0) entries.delete(id)
    },
    all: () => [...entries.values()].flatMap((sameId) => (sameId instanceof Set ? [...sameId] : [sameId])),
  }
}
