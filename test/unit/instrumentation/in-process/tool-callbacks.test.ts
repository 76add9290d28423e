import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import { trackTool } from '../../../../src/instrumentation/record/track-tool.ts'
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

  it('gives each call its own error where two servers share the object of a tool, and their ids are the same', async () => {
    const shared = {
      ...taskOf({ content: [] }),
      async createTask(extra: { sessionId?: string; requestId: number }): Promise<never> {
        if (extra.requestId % 2 === 0) throw new RangeError('even')
        throw new TypeError('odd')
      },
    }
    const clients = [await connect(registerShared), await connect(registerShared)]
    function registerShared({ experimental: { tasks } }: McpServer) {
      tasks.registerToolTask('shared', { execution: { taskSupport: 'optional' } }, shared as never)
    }

    for (let call = 0; call < 4; call += 1) {
      await Promise.all(clients.map((client) => client.callTool({ name: 'shared' })))
    }

    expect(await errors()).toEqual({
      'mcp_tool_errors_total{error_type="RangeError",tool_name="shared"}': 4,
      'mcp_tool_errors_total{error_type="TypeError",tool_name="shared"}': 4,
    })
  })

  it('gives a call its own error when the id of a call that was cancelled before its callback ran is used again', async () => {
    const validated: (() => void)[] = []
    const inputSchema = {
      fails: z.boolean().refine(() => new Promise<boolean>((resolve) => void validated.push(() => resolve(true)))),
    }
    const server = instrumentMcpServer(new McpServer({ name: 'reused', version: '1' }))
    server.registerTool('reused', { inputSchema }, ({ fails }) => {
      if (fails) throw new RangeError('asked for')
      return { content: [] }
    })
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const answers: unknown[] = []
    clientSide.onmessage = (message) => void answers.push(message)
    await clientSide.start()
    const send = (message: object) => clientSide.send({ jsonrpc: '2.0', ...message } as never)
    const call = (id: number, fails: boolean) =>
      send({ id, method: 'tools/call', params: { name: 'reused', arguments: { fails } } })
    const asked = (count: number) => vi.waitFor(() => expect(validated).toHaveLength(count))
    const answered = (count: number) => vi.waitFor(() => expect(answers).toHaveLength(count))
    // The first call shows that its id is found.
    await call(1, false)
    await asked(1)
    validated[0]?.()
    await answered(1)

    await call(2, false)
    await asked(2)
    await send({ method: 'notifications/cancelled', params: { requestId: 2 } })
    await call(2, true)
    await asked(3)
    validated[1]?.()
    validated[2]?.()
    await answered(2)

    expect(await errors()).toEqual({ 'mcp_tool_errors_total{error_type="RangeError",tool_name="reused"}': 1 })
    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="reused"}': 1,
      'mcp_tool_calls_total{status="cancelled",tool_name="reused"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="reused"}': 1,
    })
  })

  it('counts once a call whose callback tracks a function of its name for the first time', async () => {
    const client = await connect((server) => {
      server.registerTool('lazy', {}, async () => {
        await Promise.resolve()
        return trackTool('lazy', async () => ({ content: [] }) as { content: [] })()
      })
    })

    for (let call = 0; call < 3; call += 1) await client.callTool({ name: 'lazy' })

    // Tracking is for the life of the process: this test is the last one here.
    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="lazy"}': 3,
    })
  })
})
