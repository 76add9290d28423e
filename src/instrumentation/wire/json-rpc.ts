// A message as it stands on the wire in, what it is out. Structural, because the SDK lines have types of their own and a
// message may come from anybody.

export type MessageId = string | number

export interface RequestMessage {
  readonly jsonrpc: string
  readonly id: MessageId
  readonly method: string
  readonly params?: Record<string, unknown>
}
export type NotificationMessage = Omit<RequestMessage, 'id'>
export interface ResponseMessage {
  readonly id: MessageId
  readonly result?: unknown
  readonly error?: { readonly code?: unknown; readonly message?: unknown }
}

export type Message =
  | { readonly kind: 'request'; readonly request: RequestMessage }
  | { readonly kind: 'notification'; readonly notification: NotificationMessage }
  | { readonly kind: 'response'; readonly response: ResponseMessage }

/** Tells a request from a notification from a response; undefined for what is none of them. */
export function readMessage(message: unknown): Message | undefined {
  if (!isRecord(message)) return undefined
  const { id, method } = message
  const hasId = typeof id === 'string' || typeof id === 'number'
  if (typeof method === 'string') {
    return hasId
      ? { kind: 'request', request: message as unknown as RequestMessage }
      : { kind: 'notification', notification: message as unknown as NotificationMessage }
  }
  // `id` and no method is a response even where `result` is missing: a tool that returned nothing is answered so.
  return hasId ? { kind: 'response', response: message as unknown as ResponseMessage } : undefined
}

/** A member of an object that may be none. */
export function member(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

export function textMember(value: unknown, name: string): string | undefined {
  const found = member(value, name)
  return typeof found === 'string' ? found : undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
