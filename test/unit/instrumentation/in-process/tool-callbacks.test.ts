import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

async function connect(register: (server: McpServer) => void): Promise<Client> {
  const server = instrumentMcpServer(
    new McpServer(
      { name: 'callbacks', version: '1' },
      { capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } } } }, taskStore: new InMemoryTaskStore() },
    ),
  )
  register(server)
  return linkedClient(server)
}

const errors = () => recorded.nonZero('mcp_tool_errors_total')

/** Returns the handler of a tool that creates a task with an immediate result. */
const taskOf = (result: { content: []; isError?: boolean }) => ({
  async createTask({ taskStore }: { taskStore: InMemoryTaskStore }) {
    const task = await (taskStore.createTask as (params: object) => ReturnType<InMemoryTaskStore['createTask']>)({
      ttl: 60_000,
      pollInterval: 1,
    })
    await taskStore.storeTaskResult(task.taskId, result.isError === true ? 'failed' : 'completed', result)
    return { task }
  },
  getTask: ({ taskStore, taskId }: { taskStore: InMemoryTaskStore; taskId: string }) => taskStore.getTask(taskId),
  getTaskResult: ({ taskStore, taskId }: { taskStore: InMemoryTaskStore; taskId: string }) =>
    taskStore.getTaskResult(taskId),
})

describe('instrumentMcpServer', () => {
  it('counts a call that creates a task by the response, not by the task, also with a frozen handler', async () => {
    const execution = { taskSupport: 'optional' } as const
    const client = await connect(({ experimental: { tasks } }) => {
      tasks.registerToolTask('works', { execution }, taskOf({ content: [] }) as never)
      tasks.registerToolTask('fails', { execution }, taskOf({ content: [], isError: true }) as never)
      tasks.registerToolTask('frozen', { execution }, Object.freeze(taskOf({ content: [] })) as never)
    })

    for (const name of ['works', 'fails', 'frozen']) await client.callTool({ name })

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="works"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="fails"}': 1,
      'mcp_tool_calls_total{status="success",tool_name="frozen"}': 1,
    })
    expect(await errors()).toEqual({ 'mcp_tool_errors_total{error_type="tool_error",tool_name="fails"}': 1 })
  })

  it('counts a missing result as internal_error, returned directly, by a promise or by a thenable', async () => {
    const client = await connect((server) => {
      server.registerTool('returns', {}, () => undefined as never)
      server.registerTool('resolves', {}, async () => null as never)
      // biome-ignore lint/suspicious/noThenProperty: query builders return thenables
      server.registerTool('thenable', {}, () => ({ then: (ok: (value: unknown) => void) => ok(undefined) }) as never)
    })

    for (const name of ['returns', 'resolves', 'thenable']) await client.callTool({ name }).catch(() => {})

    expect(await errors()).toEqual(
      Object.fromEntries(
        ['returns', 'resolves', 'thenable'].map((name) => [
          `mcp_tool_errors_total{error_type="internal_error",tool_name="${name}"}`,
          1,
        ]),
      ),
    )
  })

  it('counts a tool that calls the callback of another tool by its own result', async () => {
    const client = await connect((server) => {
      const inner = server.registerTool('inner', {}, () => {
        throw new RangeError('inside')
      })
      server.registerTool('outer', {}, (extra) => {
        try {
          return (inner.handler as (extra: unknown) => never)(extra)
        } catch {
          return { content: [], isError: true }
        }
      })
    })

    await client.callTool({ name: 'inner' })
    await client.callTool({ name: 'outer' })

    expect(await errors()).toEqual({
      'mcp_tool_errors_total{error_type="RangeError",tool_name="inner"}': 1,
      'mcp_tool_errors_total{error_type="tool_error",tool_name="outer"}': 1,
    })
  })
})
