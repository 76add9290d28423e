// What somebody's function returned in, how it ended out, seen from the side: its caller gets the very promise, so that
// nothing is later, or of another kind, by our being here.
import { types } from 'node:util'

/**
 * Calls one of two when `value`, a promise, ends; false if it is none. A promise that is watched counts as handled: a
 * rejection that nobody else looks at is no `unhandledRejection`. Other thenables are left alone, since to call their `then`
 * may start their work (query builders).
 */
export function watchPromise(
  value: unknown,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): boolean {
  if (!types.isPromise(value)) return false
  try {
    // Not its own `then`, which a subclass may have put to another use.
    Promise.prototype.then.call(value, fulfilled, rejected)
    return true
  } catch {
    return false // The constructor of a subclass would not make another of its kind.
  }
}
