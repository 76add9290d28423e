import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { resetLabels } from '../../../../src/instrumentation/record/label-state.ts'
import { watchConnection } from '../../../../src/instrumentation/wire/connection.ts'
import { createServerParty } from '../../../../src/instrumentation/wire/server-party.ts'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import {
  createTaskServer,
  expectedTaskCalls,
  expectedTasks,
  liveOnce,
  TASK_KINDS,
} from '../../../support/servers/task-kinds.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'

const LIVES = 1000

let recorded: RecordedSeries
beforeEach(() => {
  resetLabels()
  recorded = recordSeries()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A server as messages alone: each call of it is one request that is answered. */
function wire(name: string) {
  const watcher = watchConnection({ network: {} }, createServerParty({ name, version: '1' }, { tools: ['build'] }))
  let id = 0
  const ask = (method: string, params: object, reply: object) => {
    id += 1
    watcher.received({ jsonrpc: '2.0', id, method, params })?.(() => {})
    watcher.sending({ jsonrpc: '2.0', id, ...reply })?.settled(false)
  }
  return {
    ask,
    create: (taskId: string, ttlMs: number | null = null) =>
      ask('tools/call', { name: 'build' }, { result: { resultType: 'task', taskId, status: 'working', ttlMs } }),
    get: (taskId: string, status: string, more = {}) =>
      ask('tasks/get', { taskId }, { result: { taskId, status, ...more } }),
    notify: (method: string, params: object) => watcher.sending({ jsonrpc: '2.0', method, params })?.settled(false),
  }
}

const ends = () => recorded.nonZero('mcp_tasks_total')
const active = () => recorded.nonZero('mcp_active_tasks')

describe('watchConnection, of a server that makes tasks', () => {
  it(`counts the end of each of ${LIVES} tasks of ${TASK_KINDS.length} kinds exactly once`, async () => {
    const client = await linkedClient(createTaskServer(), new Client({ name: 'claude-code', version: '1' }))
    await client.listTools()

    for (const kind of TASK_KINDS) await Promise.all(Array.from({ length: LIVES }, () => liveOnce(client, kind)))

    await waitFor(async () => Object.keys(await active()).length === 0)
    expect(await ends()).toEqual(expectedTasks(LIVES))
    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual(expectedTaskCalls(LIVES))
    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({})
    const durations = Object.values(await recorded.nonZero('mcp_task_duration_seconds_count'))
    expect(durations.reduce((sum, count) => sum + count, 0)).toBe(LIVES * TASK_KINDS.length)
    await client.close()
  }, 120_000)

  it('counts a task that this process did not create once, under _OTHER, and never as active', async () => {
    const { get, ask } = wire('unknown')
    for (let poll = 0; poll < 3; poll += 1) get('of-an-earlier-life', 'completed')
    get('still-working', 'working')
    ask('tasks/get', { taskId: 'invented' }, { error: { code: -32_602, message: 'not found' } })
    ask('tasks/list', {}, { result: { tasks: [{ taskId: 'an-older-one', status: 'failed' }] } })

    expect(await ends()).toEqual({ 'mcp_tasks_total{status="completed",tool_name="_OTHER"}': 1 })
    expect(await active()).toEqual({})
    expect(await recorded.nonZero('mcp_task_duration_seconds_count')).toEqual({})
  })

  it('counts a task as active until any connection of the server tells its end', async () => {
    const first = wire('shared')
    first.create('a')
    expect(await active()).toEqual({ 'mcp_active_tasks{tool_name="build"}': 1 })

    wire('another server').get('a', 'failed')
    wire('shared').notify('notifications/tasks/status', { taskId: 'a', status: 'cancelled', ttl: null })
    first.get('a', 'cancelled')

    expect(await active()).toEqual({})
    expect(await ends()).toEqual({
      'mcp_tasks_total{status="failed",tool_name="_OTHER"}': 1,
      'mcp_tasks_total{status="cancelled",tool_name="build"}': 1,
    })
  })

  it('does not take an error about the request for the end of the task', async () => {
    const { create, ask } = wire('errors')
    create('a')
    create('b')
    ask('tasks/result', { taskId: 'a' }, { error: { code: -32_602, message: 'x' } })
    ask('tasks/cancel', { taskId: 'a' }, { error: { code: -32_603, message: 'x' } })
    expect(await ends()).toEqual({})

    ask('tasks/result', { taskId: 'b' }, { error: { code: -32_603, message: 'the error of the call' } })
    expect(await ends()).toEqual({ 'mcp_tasks_total{status="failed",tool_name="build"}': 1 })
  })

  it('counts a task without an end as expired: after its time to live, else after a day', async () => {
    vi.useFakeTimers()
    const { create, get } = wire('expiring')
    create('short', 1_000)
    create('extended', 1_000)
    create('endless', null)
    get('extended', 'working', { ttlMs: 10_000 })

    vi.advanceTimersByTime(1_001)
    expect(await ends()).toEqual({ 'mcp_tasks_total{status="expired",tool_name="build"}': 1 })
    vi.advanceTimersByTime(9_000)
    expect(await ends()).toEqual({ 'mcp_tasks_total{status="expired",tool_name="build"}': 2 })
    vi.advanceTimersByTime(86_390_000)
    expect(await ends()).toEqual({ 'mcp_tasks_total{status="expired",tool_name="build"}': 3 })
    get('short', 'completed')
    expect(await ends()).toEqual({ 'mcp_tasks_total{status="expired",tool_name="build"}': 3 })
    expect(await active()).toEqual({})
  })

  it('keeps 10,000 tasks, and counts those beyond by their end alone', async () => {
    const { create, get } = wire('many')
    for (let task = 0; task < 10_050; task += 1) create(String(task))
    expect(await active()).toEqual({ 'mcp_active_tasks{tool_name="build"}': 10_000 })

    for (let task = 0; task < 10_050; task += 1) get(String(task), 'completed')
    expect(await active()).toEqual({})
    expect(await ends()).toEqual({
      'mcp_tasks_total{status="completed",tool_name="_OTHER"}': 50,
      'mcp_tasks_total{status="completed",tool_name="build"}': 10_000,
    })
  }, 60_000)

  it('starts the counter of a tool at 0 when the tool makes its first task', async () => {
    wire('zeros').create('a')

    const series = await recorded.all()
    for (const status of ['completed', 'failed', 'cancelled', 'expired']) {
      expect(series.get(`mcp_tasks_total{status="${status}",tool_name="build"}`)).toBe(0)
    }
  })

  it('gives a task a span of its own, with a link to the call and without the id of the task', async () => {
    const spans = recordSpans()
    const { create, get } = wire('traced')
    create('a-secret-id')
    get('a-secret-id', 'failed')

    const task = spans.named('task build')
    const call = spans.named('tools/call build')
    expect(task.links.map(({ context }) => context.spanId)).toEqual([call.spanContext().spanId])
    expect(task.spanContext().traceId).not.toBe(call.spanContext().traceId)
    expect(task.attributes).toEqual({
      'gen_ai.tool.name': 'build',
      'mcp.task.status': 'failed',
      'error.type': 'failed',
    })
  })
})
