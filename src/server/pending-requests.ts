// Tracks the requests that a client still waits for. The SDK leaves requests unanswered when an id is used twice, when a
// session is deleted, and when the server stops.
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'

/** JSON-RPC reserves -32000 to -32099 for servers; the SDKs use this code for the connection. */
export const CONNECTION_ERROR = -32_000

export interface PendingRequests {
  readonly size: number
  has(id: RequestId): boolean
  /** Resolves when every request is answered or cancelled, or after `withinMs`. */
  settled(withinMs: number): Promise<void>
  /** Answers pending requests with an error. The instrumentation counts them as a closed connection. */
  answerAll(message: string): Promise<void>
}

/**
 * Tracks the requests of a transport. Call it before the server connects: the answers of `answerAll` must bypass the
 * instrumentation, which would count them as answers of the tool. `cancelled` is called for requests that get no answer.
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
  // The SDK's `connect` calls existing handlers, too.
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
