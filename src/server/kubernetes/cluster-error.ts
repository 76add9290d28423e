// What went wrong with a call to the Kubernetes API in, a `ToolError` out: a closed kind, and a sentence made of what was asked
// for. Nothing of the answer's body is in it, which may quote a Secret, a token or an instruction.
import { ApiException } from '@kubernetes/client-node'
import type { ToolErrorKind } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'

/** A response that was given up, since it was larger than anybody can use. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge'
}

/** The same, as whoever called is told; a list may then be asked for in smaller pages. */
export class AnswerTooLarge extends ToolError {
  constructor(what: string) {
    super(
      'unavailable',
      `The answer to "${what}" was too large and was given up. Ask for less: a namespace, a workload, a selector, a smaller limit.`,
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
      name === 'SyntaxError' ? 'gave an answer that is no Kubernetes object' : 'could not be reached, or broke off'
    return ['unavailable', `The cluster ${unread} for "${what}". Try again later.`]
  }
  return ['unavailable', `The cluster could not ${what}: the call failed before there was an answer. Try again later.`]
}

function ofStatus(status: number, what: string): [ToolErrorKind, string] {
  switch (status) {
    case 401:
      return [
        'forbidden',
        `The cluster does not accept this server's credentials, so it could not ${what}. Its operator has to renew them.`,
      ]
    case 403:
      return [
        'forbidden',
        `This server's account may not ${what}. Its operator would have to grant that; ask for something else.`,
      ]
    case 404:
      return [
        'not_found',
        `Not found: the cluster could not ${what}, since there is none. Check the name and the namespace.`,
      ]
    case 409:
      return [
        'conflict',
        `The cluster would not ${what}: the object was changed by somebody else meanwhile. Read it again first.`,
      ]
    case 410:
      return ['conflict', `The position to ${what} from has expired. Start again without a cursor.`]
    case 429:
      return [
        'unavailable',
        `The cluster is too busy to ${what}, or a disruption budget forbids it. Wait before trying again.`,
      ]
    case 504:
      return ['timeout', `The cluster took too long to ${what}. Try again later.`]
  }
  if (status >= 500) return ['unavailable', `The cluster failed to ${what} (HTTP ${status}). Try again later.`]
  return [
    'validation_error',
    `The cluster refused to ${what} as it was asked (HTTP ${status}). Check the arguments, selectors above all.`,
  ]
}
