// How far the trace context of clients is trusted, for the whole process.

export interface Trust {
  /**
   * Whether a client's trace context becomes the parent of the server's span. Otherwise it becomes a link, so that strangers cannot
   * choose trace ids or force sampling.
   * @default true
   */
  readonly traceContext: boolean
  /** Hosts that a client's baggage is sent on to, in lower case; `*` for all. @default none */
  readonly baggageHosts: ReadonlySet<string>
}

const DEFAULT: Trust = { traceContext: true, baggageHosts: new Set() }

let current = DEFAULT

export function trust(): Trust {
  return current
}

/** Sets what is given, and the default of what is not. */
export function setTrust({ traceContext, baggageHosts }: Partial<Trust> = {}): void {
  current = {
    traceContext: traceContext ?? DEFAULT.traceContext,
    baggageHosts: baggageHosts ?? DEFAULT.baggageHosts,
  }
}
