// Tells the kinds of JSON-RPC messages apart. Structural: each SDK has types of its own, and a message can come from anybody.
import type { Reply } from '../outcome/judge-reply.ts'
import { isRecord } from '../outcome/read-value.ts'

export type MessageId = string | number

export interface RequestMessage {
  readonly jsonrpc: string
  readonly id: MessageId
  readonly method: string
  readonly params?: Record<string, unknown>
}
export type NotificationMessage = Omit<RequestMessage, 'id'>
export interface ResponseMessage extends Reply {
  readonly id: MessageId
}

/** Tells a request from a notification from a response; undefined for what is none of them. */
export function messageKind(message: unknown): 'request' | 'notification' | 'response' | undefined {
  if (!isRecord(message)) return undefined
  const { id, method } = message
  const hasId = typeof id === 'string' || typeof id === 'number'
  if (typeof method === 'string') return hasId ? 'request' : 'notification'
  // `id` and no method is a response even where `result` is missing: a tool that returned nothing is answered so.
  return hasId ? 'response' : undefined
}
