// Watches each connection of a server or client. The hook is the instance's own `connect`.

import { isRecord } from '../outcome/read-value.ts'
import { followMeterProvider } from '../record/instruments.ts'
import { watchConnection } from '../wire/connection.ts'
import type { Party } from '../wire/party.ts'
import { connectionFacts } from './transport-facts.ts'
import type { TransportLike } from './watch-transport.ts'
import { watchTransport } from './watch-transport.ts'

/** What an `McpServer` or a low-level `Server` of SDK v1 or v2 has in common. */
export interface ConnectableLike {
  connect(transport: never, ...rest: never[]): Promise<void>
}

type Connect = (transport: TransportLike, ...rest: unknown[]) => Promise<void>

/**
 * Overrides `connect` on the instance; a transport that is connected already is watched from now on. `connecting` is called before
 * each connection.
 */
export function watchConnections(connectable: ConnectableLike, party: Party, connecting = () => {}): void {
  const connect = connectable.connect as unknown as Connect
  const watch = (transport: TransportLike) => {
    followMeterProvider()
    connecting()
    watchTransport(transport, watchConnection(connectionFacts(transport), party))
  }
  const watchedConnect: Connect = function (this: unknown, transport, ...rest) {
    // Connected a second time, which the SDK refuses, it goes on serving the calls that its watcher knows.
    if (isRecord(transport) && currentTransport(connectable) !== transport) watch(transport as unknown as TransportLike)
    return connect.call(this, transport, ...rest)
  }
  Object.defineProperty(connectable, 'connect', { configurable: true, writable: true, value: watchedConnect })
  const connected = currentTransport(connectable)
  if (!isRecord(connected) || typeof connected['send'] !== 'function') return
  const transport = connected as unknown as TransportLike
  watch(transport)
  // Assigned again, so that the callbacks which the SDK has set already pass through the watcher.
  Object.assign(transport, { onmessage: transport.onmessage, onclose: transport.onclose })
}

function currentTransport(connectable: ConnectableLike): unknown {
  return (connectable as { transport?: unknown }).transport
}
