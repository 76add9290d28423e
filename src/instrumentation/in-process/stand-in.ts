// Stands in for a transport that cannot be changed (a frozen object): same class, same members, and room for a watcher.
import type { TransportLike } from './watch-transport.ts'

/** Methods run on the transport itself, since private fields are not reachable through another object. */
export function standInFor(transport: TransportLike): TransportLike {
  const shell = Object.create(Object.getPrototypeOf(transport)) as object
  return new Proxy(shell, {
    get(own, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key)
      const value = Reflect.get(transport, key, transport)
      return typeof value === 'function' ? value.bind(transport) : value
    },
    set(own, key, value) {
      // An assignment, so that what the transport refuses is refused in its own words.
      const target = (Object.hasOwn(own, key) ? own : transport) as Record<PropertyKey, unknown>
      target[key] = value
      return true
    },
    has: (own, key) => Reflect.has(own, key) || Reflect.has(transport, key),
  }) as TransportLike
}
