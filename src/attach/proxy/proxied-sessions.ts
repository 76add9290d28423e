// Keeps the sessions that pass through the proxy: each is one connection of the wire, from `initialize` to its end.
import type { Party, ProxyWatcher } from '@mcp-vitals/instrumentation/wire'
import { guarded, watchConnection } from '@mcp-vitals/instrumentation/wire'

export interface ProxiedSession {
  readonly watcher: ProxyWatcher
  /** Requests whose stream broke off and can be resumed, by their JSON-RPC id. */
  readonly interrupted: Map<unknown, { readonly message: unknown; readonly until: number }>
  /** Whether an event of this id has passed already; remembers it. */
  hasSeen(eventId: string): boolean
  /** HTTP exchanges that are under way. */
  exchanges: number
  lastAt: number
}

interface SessionFacts {
  /** The version of HTTP, if it is known. */
  readonly httpVersion?: string | undefined
  /** Set for a session that was open before it was seen. */
  readonly openAs?: { readonly protocolVersion: string | undefined } | undefined
}

export interface ProxiedSessions {
  readonly size: number
  /** A session that is not kept: it has no id, or not yet. */
  create(facts?: SessionFacts): ProxiedSession
  isKept(session: ProxiedSession): boolean
  find(id: string): ProxiedSession | undefined
  keep(id: string, session: ProxiedSession): void
  end(id: string): void
  /** Ends what has waited too long: sessions without traffic, requests whose stream nobody resumed. */
  reap(): void
  endAll(): void
}

interface SessionOptions {
  readonly server: Party
  /** Beyond this many, the one that was used longest ago is no longer followed; its messages pass all the same. */
  readonly maxSessions: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** A session without traffic is over after this time, if neither side said so. */
const IDLE_MS = 3_600_000
/** A stream that broke off can be resumed for so long before its requests count as unanswered. */
export const RESUME_MS = 60_000
/** Event ids that a session remembers: more are not replayed at once. */
const MAX_EVENT_IDS = 256

export function createProxiedSessions({
  server,
  maxSessions,
  now = () => performance.now(),
}: SessionOptions): ProxiedSessions {
  // The longest unused first.
  const kept = new Map<string, ProxiedSession>()
  const ids = new WeakMap<ProxiedSession, string>()

  const end = (id: string) => {
    const session = kept.get(id)
    if (session === undefined) return
    kept.delete(id)
    guarded(() => session.watcher.closed())
  }
  return {
    get size() {
      return kept.size
    },
    create({ openAs, httpVersion } = {}) {
      const seen = new Set<string>()
      const session: ProxiedSession = {
        watcher: watchConnection(
          {
            network: { networkTransport: 'tcp', networkProtocol: 'http', networkProtocolVersion: httpVersion },
            sessionId: () => ids.get(session),
            // When it began is not known, so its duration is not either.
            ...(openAs && { open: { ...openAs, initialized: false } }),
          },
          server,
        ),
        interrupted: new Map(),
        hasSeen(eventId) {
          if (seen.has(eventId)) return true
          seen.add(eventId)
          const [oldest] = seen
          if (seen.size > MAX_EVENT_IDS && oldest !== undefined) seen.delete(oldest)
          return false
        },
        exchanges: 0,
        lastAt: now(),
      }
      return session
    },
    isKept(session) {
      const id = ids.get(session)
      return id !== undefined && kept.get(id) === session
    },
    find(id) {
      const session = kept.get(id)
      if (session === undefined) return undefined
      session.lastAt = now()
      kept.delete(id)
      kept.set(id, session)
      return session
    },
    keep(id, session) {
      if (kept.has(id)) return
      ids.set(session, id)
      kept.set(id, session)
      const [oldest] = kept.keys()
      if (kept.size > maxSessions && oldest !== undefined) end(oldest)
    },
    end,
    reap() {
      const at = now()
      for (const [id, session] of kept) {
        for (const [requestId, { message, until }] of session.interrupted) {
          if (until > at) continue
          session.interrupted.delete(requestId)
          guarded(() => session.watcher.unanswered(message))
        }
        if (session.exchanges === 0 && session.lastAt + IDLE_MS < at) end(id)
      }
    },
    endAll() {
      for (const id of [...kept.keys()]) end(id)
    },
  }
}
