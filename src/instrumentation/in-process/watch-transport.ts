// Watches a transport in place. The v2 SDK asks `transport instanceof …` and probes transports for methods, so a wrapping object
// could change what the server does; only a transport that cannot be changed gets a stand-in.
import { guarded, reportUnmeasured } from '../record/guarded.ts'
import type { Sending, Watcher } from '../wire/watcher.ts'
import { receivedFacts, sendFacts } from './transport-facts.ts'

/** What the SDKs' transports have in common. */
export interface TransportLike {
  onmessage?: ((message: never, extra?: never) => void) | undefined
  onclose?: (() => void) | undefined
  send(message: never, options?: never): Promise<void>
  sessionId?: string | undefined
}

export type Handler = (...args: unknown[]) => unknown

/** The watcher of a transport now; a transport that is connected again gets another. */
export interface Watched {
  watcher: Watcher
  /** The message that is being delivered. */
  delivering: unknown
  /** The connection has ended: messages pass unseen. */
  over: boolean
}

const watched = new WeakMap<object, Watched>()

/** Whether `watchTransport` can watch it in place. */
export function isWatchable(transport: TransportLike): boolean {
  if (watched.has(transport)) return true
  const own = (name: string) => Object.getOwnPropertyDescriptor(transport, name)
  return (
    Object.isExtensible(transport) &&
    ['onmessage', 'onclose', 'send'].every((name) => own(name)?.configurable !== false)
  )
}

/**
 * Lets `watcher` see every message of `transport` from now on, instead of a watcher of an earlier connection. `delegate` is the
 * transport behind a stand-in.
 */
export function watchTransport(transport: TransportLike, watcher: Watcher, delegate: TransportLike = transport): void {
  const known = watched.get(transport)
  if (known !== undefined) {
    known.watcher = watcher
    return
  }
  const current: Watched = { watcher, delivering: undefined, over: false }
  interceptHandler(transport, delegate, 'onmessage', (handler) => receiver(current, handler))
  interceptHandler(transport, delegate, 'onclose', (handler) => closer(current, handler))
  interceptSend(transport, delegate, current)
  watched.set(transport, current)
}

/** A handler of received messages that shows them to the watcher first. */
export function receiver(current: Watched, handler: Handler): Handler {
  return function (this: unknown, ...args) {
    const message = args[0]
    const before = current.delivering
    // A handler that chains to the one it found here delivers one message twice; it came in once.
    if (current.over || before === message) return handler.apply(this, args)
    current.delivering = message
    try {
      const handOn = received(current.watcher, message, args[1])
      return handOn === undefined ? handler.apply(this, args) : handOn(handler.bind(this, ...args))
    } finally {
      current.delivering = before
    }
  }
}

/** As `guarded`, without a closure for each message. */
function received(watcher: Watcher, message: unknown, extra: unknown): ReturnType<Watcher['received']> {
  try {
    return watcher.received(message, receivedFacts(extra))
  } catch (error) {
    reportUnmeasured(error)
    return undefined
  }
}

function sendingOf(watcher: Watcher, message: unknown, options: unknown): ReturnType<Watcher['sending']> {
  try {
    return watcher.sending(message, sendFacts(options))
  } catch (error) {
    reportUnmeasured(error)
    return undefined
  }
}

/** Takes two thirds of the time of a `then` with two closures. Never rejects. */
async function settleAfter(sent: unknown, sending: Sending): Promise<void> {
  try {
    await sent
  } catch {
    settle(sending, true)
    return
  }
  settle(sending, false)
}

function settle(sending: Sending, failed: boolean): void {
  try {
    sending.settled(failed)
  } catch (error) {
    reportUnmeasured(error)
  }
}

/** A handler of the close that tells the watcher first. */
export function closer(current: Watched, handler: Handler): Handler {
  return function (this: unknown, ...args) {
    guarded(() => current.watcher.closed())
    return handler.apply(this, args)
  }
}

/** Shows messages to the watcher before they are sent. */
export function interceptSend(transport: TransportLike, delegate: TransportLike, current: Watched): void {
  const send = delegate.send as Handler
  const watchedSend: Handler = function (this: unknown, message, ...rest) {
    const self = this === transport ? delegate : this
    const sending = current.over ? undefined : sendingOf(current.watcher, message, rest[0])
    if (sending === undefined) return send.call(self, message, ...rest)
    let sent: unknown
    try {
      const { message: changed, run } = sending
      sent = run === undefined ? send.call(self, changed, ...rest) : run(send.bind(self, changed, ...rest))
    } catch (error) {
      settle(sending, true)
      throw error
    }
    // The SDK gets its own promise back, so that nothing is later by our being here.
    void settleAfter(sent, sending)
    return sent
  }
  Object.defineProperty(transport, 'send', { configurable: true, writable: true, value: watchedSend })
}

/**
 * Puts an accessor in the place of a callback property, which wraps whatever is assigned. Where there is an accessor already (the v1
 * HTTP transport hands its callbacks to an inner one; another tool may have put one there), the wrapped callback goes through that.
 */
function interceptHandler(
  transport: TransportLike,
  delegate: TransportLike,
  name: 'onmessage' | 'onclose',
  wrap: (h: Handler) => Handler,
): void {
  const inner = accessorOf(delegate, name)
  // A callback that was there before is chained by the SDK's own `connect`: it is handed back as it is.
  let active = inner === undefined ? (delegate[name] as Handler | undefined) : undefined
  Object.defineProperty(transport, name, {
    configurable: true,
    enumerable: true,
    get: () => (inner === undefined ? active : inner.get?.call(delegate)),
    set(handler: Handler | undefined) {
      active = typeof handler === 'function' ? wrap(handler) : handler
      if (inner === undefined && transport !== delegate) Reflect.set(delegate, name, active)
      else inner?.set?.call(delegate, active)
    },
  })
}

/** The accessor of a callback property, its own or its class's; undefined if it is a plain one. */
function accessorOf(transport: object, name: string): PropertyDescriptor | undefined {
  for (let owner: object | null = transport; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name)
    if (descriptor !== undefined) return 'value' in descriptor ? undefined : descriptor
  }
  return undefined
}
