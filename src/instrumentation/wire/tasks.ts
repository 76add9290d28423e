// Follows the tasks of a server from the messages alone: the end of each is counted once, by whichever message tells it first.
import type { Context, Span } from '@opentelemetry/api'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { TaskEnd } from '../catalog/outcome-values.ts'
import { OTHER } from '../catalog/overflow.ts'
import type { Reply } from '../outcome/judge-reply.ts'
import { member } from '../outcome/read-value.ts'
import type { TaskState } from '../outcome/task.ts'
import { createdTask, endOfResult, taskState } from '../outcome/task.ts'
import { instruments } from '../record/instruments.ts'
import { onLabelReset } from '../record/label-state.ts'
import { startTasksAtZero } from '../record/task-zeros.ts'
import { tracer } from '../record/tracer.ts'
import { isTracing } from './operation-span.ts'

export interface Tasks {
  /** A call of the tool `label` is answered with a task. `call` has the span of the call. */
  created(result: unknown, label: string, call: Context): void
  /** A request about tasks is answered; `taskId` is the one that the request names. */
  answered(method: string, taskId: string | undefined, reply: Reply): void
  /** A notification tells the state of a task. */
  notified(params: unknown): void
}

/** A task that is under way. */
interface OpenTask {
  readonly label: string
  readonly startedAt: number
  readonly span: Span | undefined
  timer: NodeJS.Timeout
}

const DAY_MS = 86_400_000
/** Node's timers fire at once when they are asked to wait longer (24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1
/** Open tasks, and ended ones that are remembered so that they are not counted again: of all servers of the process. */
const MAX_TASKS = 10_000

/** By server and task id, the oldest first. */
const open = new Map<string, OpenTask>()
const ended = new Set<string>()

onLabelReset(() => {
  for (const key of open.keys()) forget(key)
  ended.clear()
})

/** The tasks of servers called `serverName` in this process: whichever connection is asked about one, it is the same task. */
export function tasksOf(serverName: string): Tasks {
  const keyOf = (taskId: string) => JSON.stringify([serverName, taskId])

  const told = ({ taskId, end, ttlMs }: TaskState): void => {
    const key = keyOf(taskId)
    const task = open.get(key)
    if (end !== undefined) finish(key, end)
    else if (task !== undefined && ttlMs !== undefined) setExpiry(key, task, ttlMs)
  }

  return {
    created(result, label, call) {
      const task = createdTask(result)
      if (task === undefined) return
      const key = keyOf(task.taskId)
      if (open.has(key) || ended.has(key)) return
      begin(key, label, task.ttlMs, call)
      told(task)
    },
    answered(method, taskId, { result, error }) {
      if (method === 'tasks/list') {
        // A list may go back to an earlier life of the server: of those that are not open nothing is counted.
        for (const each of listed(result)) if (open.has(keyOf(each.taskId))) told(each)
        return
      }
      if (method === 'tasks/result') {
        const end = endOfResult(result, error)
        if (taskId !== undefined && end !== undefined) finish(keyOf(taskId), end)
        return
      }
      const state = error === undefined ? taskState(result) : undefined
      if (state !== undefined) told(state)
    },
    notified(params) {
      const state = taskState(params)
      if (state !== undefined) told(state)
    },
  }
}

function listed(result: unknown): TaskState[] {
  const tasks = member(result, 'tasks')
  return Array.isArray(tasks) ? tasks.flatMap((task) => taskState(task) ?? []) : []
}

function begin(key: string, label: string, ttlMs: number | null | undefined, call: Context): void {
  startTasksAtZero(label)
  const task: OpenTask = { label, startedAt: performance.now(), span: startSpan(label, call), timer: NOT_SET }
  open.set(key, task)
  setExpiry(key, task, ttlMs ?? null)
  instruments.activeTasks.record(1, { 'tool.name': label }, call)
  if (open.size <= MAX_TASKS) return
  // The oldest makes room; a message that tells its end is then of a task that is not known.
  const { value: oldest } = open.keys().next()
  if (oldest !== undefined) forget(oldest)
}

function forget(key: string): void {
  const task = open.get(key)
  if (task === undefined) return
  open.delete(key)
  clearTimeout(task.timer)
  instruments.activeTasks.record(-1, { 'tool.name': task.label })
  task.span?.end()
}

const NOT_SET = undefined as unknown as NodeJS.Timeout

/** The time to live counts from the creation, and may change. */
function setExpiry(key: string, task: OpenTask, ttlMs: number | null): void {
  clearTimeout(task.timer)
  const left = task.startedAt + (ttlMs ?? DAY_MS) - performance.now()
  task.timer = setTimeout(() => finish(key, 'expired'), Math.min(Math.max(left, 0), MAX_TIMER_MS)).unref()
}

function finish(key: string, end: TaskEnd): void {
  if (ended.has(key)) return
  ended.add(key)
  if (ended.size > MAX_TASKS) for (const oldest of ended) if (ended.delete(oldest)) break
  const task = open.get(key)
  open.delete(key)
  const label = task?.label ?? OTHER
  if (task === undefined) startTasksAtZero(label)
  const active = task?.span === undefined ? context.active() : trace.setSpan(context.active(), task.span)
  instruments.tasks.record(1, { 'tool.name': label, status: end }, active)
  if (task === undefined) return
  clearTimeout(task.timer)
  const seconds = (performance.now() - task.startedAt) / 1000
  instruments.taskDuration.record(seconds, { 'tool.name': label, status: end }, active)
  instruments.activeTasks.record(-1, { 'tool.name': label }, active)
  endSpan(task.span, end)
}

/** A trace of its own, since it may outlive the call by hours; a link leads to the call. */
function startSpan(label: string, call: Context): Span | undefined {
  if (!isTracing()) return undefined
  const caller = trace.getSpanContext(call)
  return tracer().startSpan(label === OTHER ? 'task' : `task ${label}`, {
    kind: SpanKind.INTERNAL,
    root: true,
    attributes: { 'gen_ai.tool.name': label },
    ...(caller !== undefined && { links: [{ context: caller }] }),
  })
}

function endSpan(span: Span | undefined, end: TaskEnd): void {
  span?.setAttribute('mcp.task.status', end)
  if (end === 'failed' || end === 'expired') {
    span?.setAttribute('error.type', end)
    span?.setStatus({ code: SpanStatusCode.ERROR })
  }
  span?.end()
}
