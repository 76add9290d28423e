// Measures the session of a connection, in the revisions that have sessions: from `initialize` to the close.
import type { Instrument } from '../record/instruments.ts'
import { instruments } from '../record/instruments.ts'
import type { NetworkFacts } from './network.ts'
import type { Ending } from './operation.ts'
import { versionLabel } from './protocol-version.ts'

export interface McpSession {
  /** `initialize` succeeded: it began `startedAt` (of `performance.now()`). */
  open(startedAt: number): void
  /** The connection closed, with an error if requests were without an answer. Records the duration of an open session, once. */
  close(version: string | undefined, ending: Ending): void
}

export function createMcpSession(kind: 'server' | 'client', network: NetworkFacts): McpSession {
  const duration: Instrument = kind === 'server' ? instruments.serverSessionDuration : instruments.clientSessionDuration
  let openedAt: number | undefined
  return {
    open(startedAt) {
      if (openedAt !== undefined) return
      openedAt = startedAt
      if (kind === 'server') instruments.activeSessions.record(1)
    },
    close(version, { errorType }) {
      if (openedAt === undefined) return
      if (kind === 'server') instruments.activeSessions.record(-1)
      const { networkTransport, networkProtocol, networkProtocolVersion, serverAddress, serverPort } = network
      duration.record((performance.now() - openedAt) / 1000, {
        'error.type': errorType,
        'mcp.protocol.version': versionLabel(version),
        'network.transport': networkTransport,
        'network.protocol.name': networkProtocol,
        'network.protocol.version': networkProtocolVersion,
        'server.address': serverAddress,
        'server.port': serverPort,
      })
      openedAt = undefined
    },
  }
}
