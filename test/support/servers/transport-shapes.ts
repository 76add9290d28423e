// Transports that pass everything on to one side of a linked pair; how `onmessage` is kept is what differs.
import type { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

export type OnMessage = Transport['onmessage']

abstract class Relay implements Transport {
  protected readonly inner: InMemoryTransport
  onclose?: () => void
  onerror?: (error: Error) => void
  abstract onmessage?: NonNullable<OnMessage>
  constructor(inner: InMemoryTransport) {
    this.inner = inner
    inner.onclose = () => this.onclose?.()
  }
  start = () => this.inner.start()
  send(message: JSONRPCMessage) {
    return this.inner.send(message)
  }
  close() {
    return this.inner.close()
  }
}

class WithSetter extends Relay {
  declare onmessage: NonNullable<OnMessage>
  static {
    Object.defineProperty(WithSetter.prototype, 'onmessage', {
      configurable: true,
      set(this: WithSetter, handler: NonNullable<OnMessage>) {
        this.inner.onmessage = handler
      },
    })
  }
}

class WithAccessors extends Relay {
  #handler: OnMessage
  constructor(inner: InMemoryTransport) {
    super(inner)
    inner.onmessage = (message, extra) => this.onmessage?.(message, extra)
  }
  override get onmessage(): NonNullable<OnMessage> {
    return this.#handler as NonNullable<OnMessage>
  }
  override set onmessage(handler: NonNullable<OnMessage>) {
    this.#handler = handler
  }
}

class WithProperty extends Relay {
  override onmessage: NonNullable<OnMessage> = () => {}
  constructor(inner: InMemoryTransport) {
    super(inner)
    this.onmessage = undefined as never
    inner.onmessage = (message, extra) => this.onmessage?.(message, extra)
  }
}

/** Its callbacks are in private fields, which no other object can reach, and nothing can be defined on it. */
class Frozen implements Transport {
  readonly #inner: InMemoryTransport
  constructor(inner: InMemoryTransport) {
    this.#inner = inner
    Object.freeze(this)
  }
  get onmessage(): NonNullable<OnMessage> {
    return this.#inner.onmessage as NonNullable<OnMessage>
  }
  set onmessage(handler: NonNullable<OnMessage>) {
    this.#inner.onmessage = handler
  }
  get onclose(): () => void {
    return this.#inner.onclose as () => void
  }
  set onclose(handler: () => void) {
    this.#inner.onclose = handler
  }
  set onerror(handler: (error: Error) => void) {
    this.#inner.onerror = handler
  }
  start() {
    return this.#inner.start()
  }
  send(message: JSONRPCMessage) {
    return this.#inner.send(message)
  }
  close() {
    return this.#inner.close()
  }
}

export const SHAPES = [
  ['a setter without a getter', WithSetter],
  ['a getter and a setter', WithAccessors],
  ['a plain property', WithProperty],
  ['a frozen object', Frozen],
] as const
