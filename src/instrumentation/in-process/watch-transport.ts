// Watches a transport in place. The v2 SDK asks `transport instanceof …` and probes transports for methods, so a wrapping object
// would change what the server does.
import { diag } from '@opentelemetry/api'
import type { Watcher } from '../wire/watcher.ts'
import { receivedFacts, sendFacts } from './transport-facts.ts'

/** What the SDKs' transports have in common. */
export interface TransportLike {
  onmessage?: ((message: never, extra?: never) => void) | undefined
  onclose?: (() => void) | undefined
  send(message: never, options?: never): Promise<void>
  sessionId?: string | undefined
}

type Handler = (...args: unknown[]) => unknown
interface Watched {
  watcher: Watcher
  /** The message that is being delivered. */
  delivering: unknown
}

const watched = new WeakMap<object, Watched>()

/** Lets `watcher` see every message of `transport` from now on, instead of a watcher of an earlier connection. */
export function watchTransport(transport: TransportLike, watcher: Watcher): void {
  const known = watched.get(transport)
  if (known !== undefined) {
    known.watcher = watcher
    return
  }
  const current: Watched = { watcher, delivering: undefined }
  try {
    interceptHandler(transport, 'onmessage', (handler) => receiver(current, handler))
    interceptHandler(transport, 'onclose', (handler) => closer(current, handler))
    interceptSend(transport, current)
    watched.set(transport, current)
  } catch (error) {
    diag.error('mcp-vitals: this transport cannot be watched, its messages are not measured', error)
  }
}

function receiver(current: Watched, handler: Handler): Handler {
  return function (this: unknown, ...args) {
    const [message, extra] = args
    // A handler that chains to the one it found here delivers one message twice; it came in once.
    if (current.delivering === message) return handler.apply(this, args)
    const before = current.delivering
    current.delivering = message
    const deliver = () => {
      try {
        return handler.apply(this, args)
      } finally {
        current.delivering = before
      }
    }
    const handOn = guarded(() => current.watcher.received(message, receivedFacts(extra)))
    return handOn === undefined ? deliver() : handOn(deliver)
  }
}

function closer(current: Watched, handler: Handler): Handler {
  return function (this: unknown, ...args) {
    guarded(() => current.watcher.closed())
    return handler.apply(this, args)
  }
}

function interceptSend(transport: TransportLike, current: Watched): void {
  const send = transport.send as Handler
  const watchedSend: Handler = function (this: unknown, message, ...rest) {
    const sending = guarded(() => current.watcher.sending(message, sendFacts(rest[0])))
    if (sending === undefined) return send.call(this, message, ...rest)
    let settled = false
    const settle = (failed: boolean) => {
      if (settled) return
      settled = true
      guarded(() => sending.settled(failed))
    }
    try {
      const sent = sending.run(() => send.call(this, sending.message, ...rest))
      // The SDK gets its own promise back, so that nothing is later by our being here.
      Promise.resolve(sent).then(
        () => settle(false),
        () => settle(true),
      )
      return sent
    } catch (error) {
      settle(true)
      throw error
    }
  }
  Object.defineProperty(transport, 'send', { configurable: true, writable: true, value: watchedSend })
}

/**
 * Puts an accessor in the place of a callback property, which wraps whatever is assigned. Where the class has an accessor
 * of its own (the v1 HTTP transport hands its callbacks to an inner one), the wrapped callback goes through that.
 */
function interceptHandler(
  transport: TransportLike,
  name: 'onmessage' | 'onclose',
  wrap: (h: Handler) => Handler,
): void {
  const target = transport as unknown as Record<string, Handler | undefined>
  const inherited = accessorOf(transport, name)
  // A callback that was there before is chained by the SDK's own `connect`: it is handed back as it is.
  let assigned = target[name]
  let active = assigned
  Object.defineProperty(transport, name, {
    configurable: true,
    enumerable: true,
    get: () => (inherited === undefined ? active : assigned),
    set(handler: Handler | undefined) {
      assigned = handler
      active = typeof handler === 'function' ? wrap(handler) : handler
      inherited?.set?.call(transport, active)
    },
  })
}

function accessorOf(transport: object, name: string): PropertyDescriptor | undefined {
  for (let owner: object | null = transport; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name)
    if (descriptor !== undefined) return descriptor.set === undefined ? undefined : descriptor
  }
  return undefined
}

/** Runs a piece of instrumentation: what goes wrong in it is a bug of ours and must not be the server's. */
function guarded<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch (error) {
    diag.error('mcp-vitals: a message was not measured', error)
    return undefined
  }
}
