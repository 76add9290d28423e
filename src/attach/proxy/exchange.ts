// Follows one HTTP exchange of MCP: which messages its request brought, which its response, and how it ended.
import type { IncomingHttpHeaders } from 'node:http'
import { reportOnce } from '@mcp-vitals/instrumentation'
import { guarded, isRecord, member, messageKind } from '@mcp-vitals/instrumentation/wire'
import type { Line } from '../wrap/message-lines.ts'
import { PassedArguments } from '../wrap/wrapped-server.ts'
import type { EventReader } from './event-reader.ts'
import { createEventReader } from './event-reader.ts'
import type { MessageBody } from './message-body.ts'
import type { ProxiedServer } from './proxied-server.ts'
import type { ProxiedSession } from './proxied-sessions.ts'
import { RESUME_MS } from './proxied-sessions.ts'

/** Why no more of a response comes: it was complete, the client went away, or the server did. */
export type ExchangeEnd = 'complete' | 'client' | 'upstream'

export interface Exchange {
  requestBytes(bytes: Buffer): void
  requestEnd(): void
  responseHead(status: number, headers: IncomingHttpHeaders): void
  responseBytes(bytes: Buffer): void
  /** Called once. */
  end(how: ExchangeEnd): void
}

/** What is known of a request of `node:http` before its body. */
export interface ProxiedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly httpVersion?: string | undefined
}

/** JSON-RPC's "method not found": the SDKs send it with status 404, and it is a server's reply all the same. */
const METHOD_NOT_FOUND = -32_601

export function createExchange(
  { server, sessions, newBody, tools, now }: ProxiedServer,
  { method, headers, httpVersion }: ProxiedRequest,
): Exchange {
  const named = text(headers['mcp-session-id'])
  const protocolVersion = text(headers['mcp-protocol-version'])
  const isReplay = method === 'GET' && headers['last-event-id'] !== undefined
  const requestBody = method === 'POST' ? newBody() : undefined
  const openAs = named === undefined ? undefined : { protocolVersion }
  const session: ProxiedSession =
    (named === undefined ? undefined : sessions.find(named)) ?? sessions.create({ openAs, httpVersion })
  session.exchanges += 1
  /** Requests without a reply, by their id. */
  const waiting = new Map<unknown, unknown>()
  /** What counts only once the server has accepted it. */
  let deferred: unknown[] = []
  let status: number | undefined
  let askedLater = false
  let isReadable = true
  let hasEventIds = false
  let events: EventReader | undefined
  let json: MessageBody | undefined

  const received = (message: unknown, argumentBytes?: number) => {
    session.watcher.received(message, { protocolVersion, argumentBytes })?.(() => {})
  }
  const arrive = (message: unknown, argumentBytes: number | undefined) => {
    const kind = messageKind(message)
    const called = member(message, 'method')
    if (kind === 'request') {
      waiting.set(member(message, 'id'), message)
      received(message, argumentBytes)
      if (called === 'tools/call') tools.called(message as { readonly params?: Record<string, unknown> }, headers)
    } else if (kind === 'notification' && called === 'notifications/cancelled') {
      // The call may end before this is answered.
      received(message)
    } else if (kind !== undefined) {
      deferred.push(message)
    }
  }
  const sent = ({ message, scanned }: Line, isKnown: boolean) => {
    for (const each of listOf(message)) {
      const kind = messageKind(each)
      if (kind === undefined) continue
      if (kind === 'response') {
        waiting.delete(member(each, 'id'))
        session.interrupted.delete(member(each, 'id'))
      } else if (isKnown) continue
      server.judging(each)
      session.watcher.sending(each, { resultBytes: scanned?.resultBytes })?.settled(false)
    }
  }
  const seen = (id: string | undefined): boolean => {
    if (id === undefined) return false
    hasEventIds = true
    return session.hasSeen(id) && isReplay
  }
  /** Replies wait for the names of the tools, and what comes after a reply waits for it. */
  const inOrder = (work: () => void) => tools.whenKnown(() => guarded(work))

  const replyIn = (line: Line | undefined) => {
    if (line === undefined) return
    // A refusal may quote the id of what it refuses.
    const isReply = (code: unknown) => isAccepted(status) || code === METHOD_NOT_FOUND || (status ?? 0) >= 500
    if (listOf(line.message).every((each) => isReply(member(member(each, 'error'), 'code')))) sent(line, false)
  }
  const leave = (how: ExchangeEnd) => {
    const isRefused = status !== undefined && !isAccepted(status) && (status < 500 || askedLater)
    const isKept = named !== undefined || sessions.isKept(session)
    for (const [id, message] of waiting) {
      if (isRefused || !isReadable) session.watcher.refused(message)
      else if (isKept && hasEventIds) session.interrupted.set(id, { message, until: now() + RESUME_MS })
      else if (isKept || how !== 'client') session.watcher.unanswered(message)
    }
    session.exchanges -= 1
    session.lastAt = now()
    if (!sessions.isKept(session)) session.watcher.closed()
  }

  return {
    requestBytes: (bytes) => requestBody?.push(bytes),
    requestEnd() {
      guarded(() => {
        const line = requestBody?.end()
        if (line === undefined) return
        const argumentBytes = line.scanned?.argumentBytes
        if (argumentBytes !== undefined && isRecord(line.scanned?.message['params'])) {
          line.scanned.message['params']['arguments'] = new PassedArguments(line.read)
        }
        for (const each of listOf(line.message)) arrive(each, argumentBytes)
      })
    },
    responseHead(given, responseHeaders) {
      status = given
      guarded(() => {
        const id = text(responseHeaders['mcp-session-id']) ?? named
        if (isAccepted(status)) {
          if (id !== undefined && method !== 'DELETE') sessions.keep(id, session)
          for (const message of deferred) received(message)
        }
        deferred = []
        // "When a client receives HTTP 404 in response to a request containing an Mcp-Session-Id", the session is over.
        const isOver = method === 'DELETE' ? isAccepted(status) : status === 404
        if (named !== undefined && isOver) inOrder(() => sessions.end(named))
        askedLater = responseHeaders['retry-after'] !== undefined
        const coding = text(responseHeaders['content-encoding']) ?? 'identity'
        isReadable = coding === 'identity'
        if (!isReadable) reportOnce(`the server's responses are encoded (${coding.slice(0, 20)}) and are not measured`)
        const type = isReadable ? (text(responseHeaders['content-type']) ?? '') : ''
        if (/^text\/event-stream\b/i.test(type)) events = createEventReader(newBody)
        else if (/^application\/json\b/i.test(type) && method === 'POST') json = newBody()
      })
    },
    responseBytes(bytes) {
      guarded(() => {
        json?.push(bytes)
        for (const { id, data } of events?.push(bytes) ?? []) {
          const isKnown = seen(id)
          inOrder(() => sent(data, isKnown))
        }
      })
    },
    end(how) {
      const line = how === 'complete' ? json?.end() : undefined
      json?.end()
      inOrder(() => {
        replyIn(line)
        leave(how)
      })
    },
  }
}

function isAccepted(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300
}

function listOf(message: unknown): readonly unknown[] {
  return Array.isArray(message) ? message : [message]
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
