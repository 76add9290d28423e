// Decides the one outcome of a tool call from its reply and from what is known besides the reply.
import { OTHER } from '../catalog/overflow.ts'
import type { Outcome } from './outcome.ts'
import { failed, judgeErrorCode, judgeResult, judgeThrown } from './outcome.ts'
import { isRecord, member } from './read-value.ts'

/**
 * What the source of the messages knows of a tool call besides its reply. In an SDK v1 server, an unknown tool, refused
 * arguments and a tool that threw are all answered with `isError`: only this tells them apart.
 */
export type CallEvidence =
  /** Only the reply can be judged. */
  | { readonly kind: 'none' }
  /** The schema refused the arguments: the tool's code did not run. */
  | { readonly kind: 'refused' }
  /** The schema accepted the arguments; how the tool's code ended is not known. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }

/** The members of a JSON-RPC response that decide an outcome. */
export interface Reply {
  readonly result?: unknown
  readonly error?: { readonly code?: unknown; readonly message?: unknown }
}

export interface JudgedTool {
  /** The name if the server offered it, else `_OTHER`. */
  readonly label: string
  /** Error types that the tool declares. */
  readonly declared: ReadonlySet<string>
}

/** The first row of the outcome table that fits. */
export function judgeReply({ error, result }: Reply, { label, declared }: JudgedTool, evidence: CallEvidence): Outcome {
  const failure = error !== undefined || member(result, 'isError') === true
  if (failure && label === OTHER) return failed('unknown_tool')
  if (failure) {
    if (evidence.kind === 'refused') return failed('validation_error')
    if (evidence.kind === 'threw') return judgeThrown(evidence.error, declared)
    // The tool returned without an error of its own: its result did not fit its output schema.
    if (evidence.kind === 'returned' && member(evidence.value, 'isError') !== true) return failed('internal_error')
    // The arguments were accepted: what is invalid is what the tool's code answered.
    if (evidence.kind === 'accepted' && member(error, 'code') === -32_602) return failed('internal_error')
  }
  if (error !== undefined) return judgeErrorCode(member(error, 'code'))
  return isRecord(result) ? judgeResult(result, declared) : failed('internal_error')
}
