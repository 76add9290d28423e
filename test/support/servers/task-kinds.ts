// Ten and more lives that a task can have, of both revisions, as tools of a fixture server and what a client does with each.
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  CancelTaskRequestSchema,
  GetTaskPayloadRequestSchema,
  GetTaskRequestSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { instrumentMcpServer } from '../../../src/instrumentation/in-process/mcp-server.ts'

type State = Readonly<Record<string, unknown>>

interface TaskKind {
  readonly tool: string
  readonly revision: '2025-11-25' | '2026-07-28'
  readonly ends: 'completed' | 'failed' | 'cancelled' | 'expired'
  /** The state in the answer that creates it. @default working */
  readonly born?: State
  /** Milliseconds. @default 60_000 */
  readonly ttl?: number
  /** What each `tasks/get` is answered with, the last one again and again. */
  readonly polls: readonly State[]
  /** What `tasks/result` is answered with. */
  readonly result?: State
  /** Sent as a notification before the first answer to `tasks/get`. */
  readonly notice?: State
  /** What the client does once it has the task. @default polls it, and once more when it has ended */
  readonly client?: readonly ('get' | 'result' | 'cancel' | 'wait')[]
}

const WORKING = { status: 'working' }
const COMPLETED = { status: 'completed' }
const FAILED = { status: 'failed' }
const CANCELLED = { status: 'cancelled' }
const TOOL_FAILED = { content: [], isError: true }

export const TASK_KINDS: readonly TaskKind[] = [
  { tool: 'polled', revision: '2025-11-25', ends: 'completed', polls: [WORKING, COMPLETED] },
  {
    tool: 'told_by_its_result',
    revision: '2025-11-25',
    ends: 'completed',
    polls: [COMPLETED],
    result: { content: [] },
    client: ['result', 'result', 'get'],
  },
  { tool: 'notified', revision: '2025-11-25', ends: 'failed', polls: [WORKING, FAILED], notice: FAILED },
  {
    tool: 'failed_by_its_result',
    revision: '2025-11-25',
    ends: 'failed',
    polls: [FAILED],
    result: TOOL_FAILED,
    client: ['result', 'get'],
  },
  {
    tool: 'cancelled',
    revision: '2025-11-25',
    ends: 'cancelled',
    polls: [CANCELLED],
    client: ['cancel', 'get'],
  },
  {
    tool: 'asks_for_input',
    revision: '2025-11-25',
    ends: 'completed',
    polls: [{ status: 'input_required' }, WORKING, COMPLETED],
  },
  {
    tool: 'outlives_its_time',
    revision: '2025-11-25',
    ends: 'expired',
    ttl: 20,
    polls: [COMPLETED],
    client: ['wait', 'get'],
  },
  {
    tool: 'ext_polled',
    revision: '2026-07-28',
    ends: 'completed',
    polls: [WORKING, { status: 'input_required', inputRequests: {} }, { ...COMPLETED, result: { content: [] } }],
  },
  {
    tool: 'ext_subscribed',
    revision: '2026-07-28',
    ends: 'failed',
    polls: [{ ...FAILED, error: { code: -32_603, message: 'x' } }],
    notice: { ...FAILED, error: { code: -32_603, message: 'x' } },
  },
  {
    tool: 'ext_tool_failed',
    revision: '2026-07-28',
    ends: 'failed',
    polls: [{ ...COMPLETED, result: TOOL_FAILED }],
  },
  {
    tool: 'ext_cancelled',
    revision: '2026-07-28',
    ends: 'cancelled',
    polls: [WORKING, CANCELLED],
    client: ['cancel', 'get', 'get', 'get'],
  },
  { tool: 'ext_born_ended', revision: '2026-07-28', ends: 'completed', born: COMPLETED, polls: [COMPLETED] },
]

interface Task {
  readonly kind: TaskKind
  polled: number
}

/** A server that answers each of its tools with a task, instrumented unless it is `bare`. */
export function createTaskServer(name = 'tasks', { bare = false } = {}): Server {
  const server = new Server(
    { name, version: '1.0.0' },
    { capabilities: { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } } },
  )
  if (!bare) instrumentMcpServer(server)
  const tasks = new Map<string, Task>()
  const of = (taskId: string) => tasks.get(taskId) ?? { kind: UNKNOWN, polled: 0 }
  const shown = (taskId: string, state: State): Record<string, unknown> => {
    const { revision, ttl = 60_000 } = of(taskId).kind
    const times = { createdAt: '2026-11-29T00:00:00Z', lastUpdatedAt: '2026-11-29T00:00:00Z' }
    return { taskId, ...times, ...(revision === '2025-11-25' ? { ttl } : { ttlMs: ttl }), ...state }
  }
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TASK_KINDS.map(({ tool }) => ({ name: tool, inputSchema: { type: 'object' as const } })),
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const kind = TASK_KINDS.find(({ tool }) => tool === params.name) ?? UNKNOWN
    const taskId = `${name}-${crypto.randomUUID()}`
    tasks.set(taskId, { kind, polled: 0 })
    const task = shown(taskId, kind.born ?? WORKING)
    return (kind.revision === '2025-11-25' ? { task } : { resultType: 'task', ...task }) as never
  })
  server.setRequestHandler(GetTaskRequestSchema, async ({ params: { taskId } }) => {
    const task = of(taskId)
    const { polls, notice, revision } = task.kind
    if (task.polled === 0 && notice !== undefined) {
      const method = revision === '2025-11-25' ? 'notifications/tasks/status' : 'notifications/tasks'
      await server.notification({ method, params: shown(taskId, notice) } as never)
    }
    const state = polls[Math.min(task.polled, polls.length - 1)] ?? COMPLETED
    task.polled += 1
    return shown(taskId, state) as never
  })
  server.setRequestHandler(GetTaskPayloadRequestSchema, ({ params }) => ({ ...of(params.taskId).kind.result }))
  server.setRequestHandler(CancelTaskRequestSchema, ({ params: { taskId } }) => {
    const isExtension = of(taskId).kind.revision === '2026-07-28'
    return (isExtension ? { resultType: 'complete' } : shown(taskId, CANCELLED)) as never
  })
  return server
}

/** Of a task that an earlier life of the server made. */
const UNKNOWN: TaskKind = { tool: 'unknown', revision: '2025-11-25', ends: 'completed', polls: [COMPLETED] }

const ANY = z.object({}).passthrough()

/** Calls the tool of one kind once, and does with the task what the kind says. */
export async function liveOnce(
  client: Client,
  { tool, revision, polls, client: acts, ttl = 60_000 }: TaskKind,
): Promise<void> {
  const augmented = revision === '2025-11-25' ? { task: { ttl } } : {}
  const created = await client.request({ method: 'tools/call', params: { name: tool, ...augmented } } as never, ANY)
  const { taskId } = (created['task'] ?? created) as { taskId: string }
  for (const act of acts ?? ['get' as const, ...polls.map(() => 'get' as const)]) {
    if (act === 'wait') await new Promise((resolve) => setTimeout(resolve, 150))
    else await client.request({ method: `tasks/${act}`, params: { taskId } } as never, ANY)
  }
}

/** The series that these lives leave, if each is lived `times` times. */
export function expectedTasks(times: number): Record<string, number> {
  return Object.fromEntries(
    TASK_KINDS.map(({ tool, ends }) => [`mcp_tasks_total{status="${ends}",tool_name="${tool}"}`, times]),
  )
}

/** The calls that make them: none of the polls is one. */
export function expectedTaskCalls(times: number): Record<string, number> {
  return Object.fromEntries(
    TASK_KINDS.map(({ tool }) => [`mcp_tool_calls_total{status="task",tool_name="${tool}"}`, times]),
  )
}
