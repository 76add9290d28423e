// The server behind the proxy, as all exchanges with it share it.
import type { WrappedServer } from '../wrap/wrapped-server.ts'
import { createWrappedServer } from '../wrap/wrapped-server.ts'
import type { MessageBody } from './message-body.ts'
import { createMessageBodies } from './message-body.ts'
import type { ProxiedSessions } from './proxied-sessions.ts'
import { createProxiedSessions } from './proxied-sessions.ts'
import type { AskServer, ToolNames } from './tool-names.ts'
import { createToolNames } from './tool-names.ts'

export interface ProxiedServer {
  readonly server: WrappedServer
  readonly sessions: ProxiedSessions
  readonly newBody: () => MessageBody
  readonly tools: ToolNames
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

interface ProxiedServerOptions {
  readonly maxSessions: number
  /** Sends a request of the proxy's own; undefined if it must not. */
  readonly ask: AskServer | undefined
  readonly now?: () => number
}

export function createProxiedServer({
  maxSessions,
  ask,
  now = () => performance.now(),
}: ProxiedServerOptions): ProxiedServer {
  const server = createWrappedServer()
  return {
    server,
    sessions: createProxiedSessions({ server, maxSessions, now }),
    newBody: createMessageBodies(),
    tools: createToolNames({ server, ask, now }),
    now,
  }
}
