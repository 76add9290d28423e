// How a tool call may end, and why it may have failed.
import { OTHER } from './overflow.ts'

/** `mcp.tool.calls` statuses. SLOs leave out all but `success` and `error`: the others are neither, and a task has an end of its own. */
export const STATUSES = ['success', 'error', 'cancelled', 'input_required', 'task'] as const
export type Status = (typeof STATUSES)[number]

/** How a task ends; `expired`: its time to live was over, and no message had told of an end. */
export const TASK_ENDS = ['completed', 'failed', 'cancelled', 'expired'] as const
export type TaskEnd = (typeof TASK_ENDS)[number]

/** Whose fault an `error.type` is. SLOs and pages count the server's only. */
export const ERROR_SIDES = {
  unknown_tool: 'caller',
  validation_error: 'caller',
  connection_closed: 'server',
  timeout: 'server',
  internal_error: 'server',
  tool_error: 'server',
  not_found: 'server',
  forbidden: 'server',
  conflict: 'server',
  unavailable: 'server',
  refused: 'server',
  _OTHER: 'server',
} as const satisfies Record<string, 'caller' | 'server'>

/** The error classes of ECMAScript and Node: closed, so that a thrown error's class may be a label. */
export const ERROR_CLASSES = [
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AbortError',
  'AssertionError',
  'SystemError',
  'TimeoutError',
  'DOMException',
] as const

/** The kinds a `ToolError` may have. */
export const TOOL_ERROR_KINDS = [
  'not_found',
  'forbidden',
  'conflict',
  'validation_error',
  'timeout',
  'unavailable',
  'refused',
  'internal_error',
] as const satisfies readonly (keyof typeof ERROR_SIDES)[]
export type ToolErrorKind = (typeof TOOL_ERROR_KINDS)[number]

/** What an `error.type` may be, apart from what a tool declares. */
type ErrorType = keyof typeof ERROR_SIDES | (typeof ERROR_CLASSES)[number]
export const ERROR_TYPES = [...Object.keys(ERROR_SIDES), ...ERROR_CLASSES] as readonly string[]

/** Error types that any tool can have whatever it declares: their series start at 0. */
export const COMMON_ERROR_TYPES = [
  'validation_error',
  'tool_error',
  'internal_error',
  'timeout',
  'connection_closed',
  'Error',
  OTHER,
] as const satisfies readonly ErrorType[]
