// The interface between a source of messages (a transport in this process, a pipe, a proxied stream) and the machine that watches them.

/** What the source knows of a received message that the message does not say. */
export interface ReceivedFacts {
  /** The protocol revision that a header names. */
  readonly protocolVersion?: string | undefined
  /** The id of who is authenticated; only where calls are audited. */
  readonly principal?: string | undefined
  /** Bytes of `params.arguments`, where the source measured them and hands on a message without them. */
  readonly argumentBytes?: number | undefined
}

/** What the source knows of a message to send. */
export interface SendFacts {
  /** Aborts when the sender gives up on the answer, where no message tells. */
  readonly abandoned?: AbortSignal | undefined
  /** Bytes of `result`, where the source measured them and hands on a message without most of it. */
  readonly resultBytes?: number | undefined
}

/** A message that is about to be sent: possibly changed, sent inside `run` if there is one. */
export interface Sending {
  readonly message: unknown
  readonly run?: (<T>(send: () => T) => T) | undefined
  /** Called once, when sending has settled; `failed` says that it did not succeed. */
  settled(failed: boolean): void
}

export interface Watcher {
  /** A message came in. Returns how to hand it on, if that matters; `deliver` must then be called in it, once, synchronously. */
  received(message: unknown, facts?: ReceivedFacts): (<T>(deliver: () => T) => T) | undefined
  /** A message goes out. */
  sending(message: unknown, facts?: SendFacts): Sending | undefined
  closed(): void
}

/** For a source that stands between a client and a server, where a request can fail on its way. */
export interface ProxyWatcher extends Watcher {
  /** A request that came in was refused before it was a message to the server: nothing of it is counted. */
  refused(message: unknown): void
  /** A request that came in will have no answer: what should have brought it has ended. */
  unanswered(message: unknown): void
}
