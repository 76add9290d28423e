// Turns errors of Kubernetes API calls into a `ToolError` with a known kind and a fixed sentence. It never quotes the
// answer, which may contain a Secret, a token or an instruction.
import { ApiException } from '@kubernetes/client-node'
import type { ToolErrorKind } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'

/** A response that was too large to read. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge'
}

/** The same error for the caller, which can then request smaller pages. */
export class AnswerTooLarge extends ToolError {
  constructor(what: string) {
    super(
      'unavailable',
      `The answer to "${what}" was too large. Narrow the request: use a namespace, a workload, a selector or a smaller limit.`,
    )
  }
}

/** `what` completes "The cluster could not …", such as `list pods in namespace "shop"`. */
export function clusterError(error: unknown, what: string): ToolError {
  if (error instanceof ToolError) return error
  if (error instanceof ResponseTooLarge) return new AnswerTooLarge(what)
  const [kind, message] = explain(error, what)
  return new ToolError(kind, message)
}

/** The status of a refusal, if it was one. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined
}

function explain(error: unknown, what: string): [ToolErrorKind, string] {
  const status = statusOf(error)
  if (status !== undefined) return ofStatus(status, what)
  const name = error instanceof Error ? error.name : ''
  if (name === 'TimeoutError' || name === 'AbortError') {
    return ['timeout', `The cluster did not answer in time to "${what}". Try again later.`]
  }
  if (name === 'TypeError' || name === 'SyntaxError') {
    const unread =
      name === 'SyntaxError'
        ? 'returned an answer that is not a Kubernetes object'
        : 'could not be reached or closed the connection'
    return ['unavailable', `The cluster ${unread} for "${what}". Try again later.`]
  }
  return ['unavailable', `The cluster could not ${what}: the request failed before it got an answer. Try again later.`]
}

function ofStatus(status: number, what: string): [ToolErrorKind, string] {
  switch (status) {
    case 401:
      return [
        'forbidden',
        `The cluster does not accept this server's credentials, so it could not ${what}. The operator of the server must renew them.`,
      ]
    case 403:
      return [
        'forbidden',
        `This server's account has no permission to ${what}. Ask the operator of the server to grant it, or use another tool.`,
      ]
    case 404:
      return [
        'not_found',
        `Not found: the cluster could not ${what}, because it does not exist. Check the name and the namespace.`,
      ]
    case 409:
      return [
        'conflict',
        `The cluster did not ${what}, because the object was changed in the meantime. Read it again first.`,
      ]
    case 410:
      return ['conflict', `The cursor to ${what} has expired. Start again without a cursor.`]
    case 429:
      return [
        'unavailable',
        `The cluster is too busy to ${what}, or a disruption budget forbids it. Wait before you retry.`,
      ]
    case 504:
      return ['timeout', `The cluster took too long to ${what}. Try again later.`]
  }
  if (status >= 500) return ['unavailable', `The cluster failed to ${what} (HTTP ${status}). Try again later.`]
  return [
    'validation_error',
    `The cluster rejected the request to ${what} (HTTP ${status}). Check the arguments, especially selectors.`,
  ]
}
