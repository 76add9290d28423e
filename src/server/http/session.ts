// What the HTTP listener knows of one MCP session.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { PendingRequests } from '../pending-requests.ts'

/** Hands a request to a session; `requests` are the ids in its body. */
export type SessionHandle = (
  request: IncomingMessage,
  response: ServerResponse,
  body?: unknown,
  requests?: readonly RequestId[],
) => Promise<void>

export interface HttpSession {
  readonly pending: PendingRequests
  readonly handle: SessionHandle
  /** Answers what is pending with an error, then closes. */
  end(reason: string): Promise<void>
}
