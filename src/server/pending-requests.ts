// A transport in, what its client still waits for out. The SDK keeps this to itself, and leaves requests unanswered when
// an id is used twice, when a session is deleted, and when the server stops.
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'

/** JSON-RPC leaves -32000 to -32099 to servers; the SDKs use this one for what is about the connection. */
export const CONNECTION_ERROR = -32_000

export interface PendingRequests {
  readonly size: number
  has(id: RequestId): boolean
  /** Resolves when every request is answered or cancelled, or after `withinMs`. */
  settled(withinMs: number): Promise<void>
  /** Answers what is pending with an error, and counts as the instrumentation says: as a connection that closed. */
  answerAll(message: string): Promise<void>
}

/**
 * Follows a transport's requests. To be called before the server connects: what `answerAll` sends must not pass the
 * instrumentation, which would take it for the tool's own answer. `cancelled` hears of requests that will have none.
 */
export function followRequests(transport: Transport, cancelled: (id: RequestId) => void = () => {}): PendingRequests {
  const pending = new Set<RequestId>()
  const waiting = new Set<() => void>()
  const end = (id: RequestId) => {
    pending.delete(id)
    if (pending.size > 0) return
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  const send = transport.send.bind(transport)
  transport.send = async (message, options) => {
    try {
      await send(message, options)
    } finally {
      if (isReply(message)) end(message.id)
    }
  }
  // The SDK's `connect` chains the handlers that it finds.
  transport.onmessage = (message) => {
    if (!('method' in message)) return
    if ('id' in message) pending.add(message.id)
    else if (message.method === 'notifications/cancelled') {
      const id = (message.params as { requestId?: RequestId } | undefined)?.requestId
      // The SDK does not cancel request 0.
      if (!id || !pending.has(id)) return
      cancelled(id)
      end(id)
    }
  }

  return {
    get size() {
      return pending.size
    },
    has: (id) => pending.has(id),
    settled(withinMs) {
      if (pending.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, withinMs)
        waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
    async answerAll(message) {
      const answers = [...pending].map((id) =>
        send({ jsonrpc: '2.0', id, error: { code: CONNECTION_ERROR, message } }).catch(() => {}),
      )
      for (const id of [...pending]) end(id)
      await Promise.all(answers)
    },
  }
}

function isReply(message: JSONRPCMessage): message is JSONRPCMessage & { id: RequestId } {
  return !('method' in message) && 'id' in message && message.id !== undefined
}
