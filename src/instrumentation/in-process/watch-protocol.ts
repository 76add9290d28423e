// Watches a connection that is open already where its transport does not hand out its callbacks (a setter without a getter, a frozen
// object): the messages are seen where the SDK's protocol object takes them.
import { member } from '../outcome/read-value.ts'
import type { Watcher } from '../wire/watcher.ts'
import { standInFor } from './stand-in.ts'
import type { Handler, TransportLike, Watched } from './watch-transport.ts'
import { closer, interceptSend, isWatchable, receiver } from './watch-transport.ts'

/** Methods of both SDKs' protocol objects that a received message is handed to. */
const RECEIVERS = ['_onrequest', '_onresponse', '_onnotification'] as const

/** Returns false, with nothing changed, if the protocol object is built in another way. */
export function watchProtocol(protocol: object, transport: TransportLike, watcher: Watcher): boolean {
  const target = protocol as Record<string, unknown>
  if (![...RECEIVERS, '_onclose'].every((name) => typeof target[name] === 'function')) return false
  const inPlace = isWatchable(transport)
  if (!inPlace && member(protocol, '_transport') !== transport) return false

  const current: Watched = { watcher, delivering: undefined, over: false }
  const replace = (name: string, value: Handler) =>
    Object.defineProperty(protocol, name, { configurable: true, writable: true, value })
  for (const name of RECEIVERS) replace(name, receiver(current, target[name] as Handler))
  const close = closer(current, target['_onclose'] as Handler)
  replace('_onclose', function (this: unknown, ...args) {
    const closed = close.apply(this, args)
    // The next connection of this object has a watcher of its own.
    current.over = true
    return closed
  })
  const sender = inPlace ? transport : standInFor(transport)
  interceptSend(sender, transport, current)
  if (!inPlace) target['_transport'] = sender
  return true
}
