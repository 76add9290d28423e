// Watches each connection of a server or client. The hook is the instance's own `connect`.
import { isRecord, member } from '../outcome/read-value.ts'
import { guarded } from '../record/guarded.ts'
import { followMeterProvider } from '../record/instruments.ts'
import { reportOnce } from '../record/report-once.ts'
import { watchConnection } from '../wire/connection.ts'
import type { Party } from '../wire/party.ts'
import type { ConnectableLike } from './sdk-server.ts'
import { openConnectionOf } from './sdk-server.ts'
import { standInFor } from './stand-in.ts'
import { connectionFacts } from './transport-facts.ts'
import { watchProtocol } from './watch-protocol.ts'
import type { TransportLike } from './watch-transport.ts'
import { isWatchable, watchTransport } from './watch-transport.ts'

type Connect = (transport: unknown, ...rest: unknown[]) => Promise<void>

/**
 * Overrides `connect` on the instance; a transport that is connected already is watched from now on. `connecting` is called before
 * each connection.
 */
export function watchConnections(connectable: ConnectableLike, party: Party, connecting = () => {}): void {
  const connect = connectable.connect as unknown as Connect
  const watchedConnect: Connect = function (this: unknown, transport, ...rest) {
    // Connected a second time, which the SDK refuses, it goes on serving the calls that its watcher knows.
    const isNew = isTransport(transport) && member(connectable, 'transport') !== transport
    const watched = isNew ? guarded(() => watchNew(transport, party, connecting)) : undefined
    return connect.call(this, watched ?? transport, ...rest)
  }
  Object.defineProperty(connectable, 'connect', { configurable: true, writable: true, value: watchedConnect })
  const connected = member(connectable, 'transport')
  if (isTransport(connected)) watchOpen(connectable, connected, party, connecting)
}

function isTransport(value: unknown): value is TransportLike {
  return isRecord(value) && typeof value['send'] === 'function'
}

/** Returns what to connect to: the transport itself, or a stand-in for one that cannot be changed. */
function watchNew(transport: TransportLike, party: Party, connecting: () => void): TransportLike {
  followMeterProvider()
  connecting()
  const watcher = watchConnection(connectionFacts(transport), party)
  if (isWatchable(transport)) {
    watchTransport(transport, watcher)
    return transport
  }
  const standIn = standInFor(transport)
  watchTransport(standIn, watcher, transport)
  return standIn
}

/** A connection that was open before: who is there, and since when there has been a session, is asked of the SDK's object. */
function watchOpen(protocol: object, transport: TransportLike, party: Party, connecting: () => void): void {
  followMeterProvider()
  connecting()
  const watcher = watchConnection({ ...connectionFacts(transport), open: openConnectionOf(protocol) }, party)
  const { onmessage, onclose } = transport
  if (isWatchable(transport) && typeof onmessage === 'function') {
    watchTransport(transport, watcher)
    // Assigned again, so that the callbacks which the SDK has set already pass through the watcher.
    Object.assign(transport, { onmessage, onclose })
  } else if (!watchProtocol(protocol, transport, watcher)) {
    reportOnce(
      'a connection that was open before it was instrumented cannot be watched, and its calls are not measured; instrument before connect',
    )
  }
}
