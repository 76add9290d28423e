// Reads what a message says of a task, in the form of revision 2025-11-25 or of the extension for 2026-07-28.
import type { TaskEnd } from '../catalog/outcome-values.ts'
import { isRecord, member, textMember } from './read-value.ts'

export interface TaskState {
  readonly taskId: string
  /** Undefined while it is under way. */
  readonly end: Exclude<TaskEnd, 'expired'> | undefined
  /** Milliseconds from its creation; undefined where the message does not say, null for no limit. */
  readonly ttlMs: number | null | undefined
}

/** The task that a `tools/call` is answered with; undefined for a result of another kind. */
export function createdTask(result: unknown): TaskState | undefined {
  if (member(result, 'resultType') === 'task') return taskState(result)
  // A tool's own result has content, and may have a member of that name.
  const task = member(result, 'task')
  return task !== undefined && member(result, 'content') === undefined ? taskState(task) : undefined
}

/** The task that `tasks/get`, `tasks/cancel` or a notification describes. */
export function taskState(value: unknown): TaskState | undefined {
  const taskId = textMember(value, 'taskId')
  if (taskId === undefined || typeof member(value, 'status') !== 'string') return undefined
  const ttl = member(value, 'ttlMs') ?? member(value, 'ttl')
  return { taskId, end: endOf(value), ttlMs: typeof ttl === 'number' || ttl === null ? ttl : undefined }
}

/**
 * The end that the answer to `tasks/result` tells: it is that of the call itself. An error may as well be about the request, so
 * only those count that are not the caller's fault.
 */
export function endOfResult(result: unknown, error: unknown): Exclude<TaskEnd, 'expired'> | undefined {
  const code = member(error, 'code')
  if (error !== undefined) return code === -32_602 || code === -32_601 || code === -32_002 ? undefined : 'failed'
  return isRecord(result) ? (result['isError'] === true ? 'failed' : 'completed') : undefined
}

function endOf(value: unknown): TaskState['end'] {
  const status = member(value, 'status')
  if (status === 'failed' || status === 'cancelled') return status
  if (status !== 'completed') return undefined
  // 2026-07-28 calls a task completed though the tool failed; in 2025-11-25 that task has failed.
  return member(member(value, 'result'), 'isError') === true ? 'failed' : 'completed'
}
