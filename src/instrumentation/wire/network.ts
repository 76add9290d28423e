// What the source of the messages knows of the network that they cross.

/** Network attributes by the OpenTelemetry conventions; empty for messages that cross no network. */
export interface NetworkFacts {
  readonly networkTransport?: 'pipe' | 'tcp' | undefined
  readonly networkProtocol?: 'http' | 'websocket' | undefined
  /** The version of HTTP, once a request has told it. */
  readonly networkProtocolVersion?: string | undefined
  /** The host and port that a client calls. */
  readonly serverAddress?: string | undefined
  readonly serverPort?: number | undefined
}
