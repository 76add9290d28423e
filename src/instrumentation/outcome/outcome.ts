// What a tool threw or answered in, its one outcome out. Pure, and total: what it judges comes from anybody's code, so a
// getter that throws or a prototype that lies must not get further than here.
import type { Status } from '../catalog/outcome-values.ts'
import { ERROR_CLASSES, ERROR_TYPES, TOOL_ERROR_KINDS } from '../catalog/outcome-values.ts'
import { OTHER } from '../catalog/overflow.ts'
import { createdTask } from './task.ts'

export interface Outcome {
  readonly status: Status
  /** Set exactly when `status` is `error`. */
  readonly errorType?: string
}

export const SUCCESS: Outcome = { status: 'success' }
export const CANCELLED: Outcome = { status: 'cancelled' }
export const INPUT_REQUIRED: Outcome = { status: 'input_required' }
/** The answer is a task, which has an end of its own. */
export const TASK: Outcome = { status: 'task' }
/** The connection closed before the reply, or the reply could not be sent. */
export const NOT_SENT: Outcome = { status: 'error', errorType: 'connection_closed' }

const CLOSED: ReadonlySet<unknown> = new Set(ERROR_TYPES)
const CLASSES: ReadonlySet<unknown> = new Set(ERROR_CLASSES)
const KINDS: ReadonlySet<unknown> = new Set(TOOL_ERROR_KINDS)
const NOTHING: ReadonlySet<string> = new Set()

export function failed(errorType: string): Outcome {
  return { status: 'error', errorType }
}

/** The outcome of a tool that threw: a `ToolError`'s kind, an error class of the platform or a declared one, else `_OTHER`. */
export function judgeThrown(thrown: unknown, declared: ReadonlySet<string> = NOTHING): Outcome {
  return failed(attempt(() => errorClass(thrown, declared)) ?? OTHER)
}

function errorClass(thrown: unknown, declared: ReadonlySet<string>): string | undefined {
  // Not `instanceof` alone: an error may come from another realm (a vm context, a worker).
  if (!(thrown instanceof Error) && Object.prototype.toString.call(thrown) !== '[object Error]') return undefined
  const error = thrown as Error & { readonly kind?: unknown }
  const { name } = error
  if (name === 'ToolError' && KINDS.has(error.kind)) return error.kind as string
  const className = error.constructor.name
  if (declared.has(className)) return className
  if (declared.has(name)) return name
  // A class that sets no name inherits "Error", which would say that a custom class is a plain one.
  if (CLASSES.has(name) && (name !== 'Error' || className === 'Error')) return name
  return CLASSES.has(className) ? className : undefined
}

/** The outcome of an answer that is not a JSON-RPC error: an MCP result, or whatever a tracked function returned. */
export function judgeResult(result: unknown, declared: ReadonlySet<string> = NOTHING): Outcome {
  return attempt(() => resultOutcome(result, declared)) ?? failed(OTHER)
}

function resultOutcome(result: unknown, declared: ReadonlySet<string>): Outcome {
  if (typeof result !== 'object' || result === null) return SUCCESS
  const { structuredContent, isError, resultType } = result as Record<string, unknown>
  const told = (structuredContent ?? result) as Record<string, unknown>
  const said = typeof told === 'object' && told !== null ? told : {}
  const own = CLOSED.has(said['error_type']) || declared.has(said['error_type'] as string)
  if (said['success'] === false) return failed(own ? (said['error_type'] as string) : OTHER)
  if (isError === true) return failed(own ? (said['error_type'] as string) : 'tool_error')
  if (resultType === 'input_required') return INPUT_REQUIRED
  return createdTask(result) === undefined ? SUCCESS : TASK
}

/** The outcome of a JSON-RPC error of which only the code can be judged. */
export function judgeErrorCode(code: unknown): Outcome {
  if (code === -32602) return failed('validation_error')
  return failed(code === -32603 ? 'internal_error' : OTHER)
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}
