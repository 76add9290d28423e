// Tests that tools are listed and called as by an `McpServer` of the SDK, without one.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoTools } from '../../../src/server/tools/demo.ts'
import { helloWorld } from '../../../src/server/tools/hello-world.ts'
import type { Tool } from '../../../src/server/tools/tool.ts'
import { defineTool } from '../../../src/server/tools/tool.ts'
import { clientOfTools } from '../../support/clients/client-of-tools.ts'
import { linkedClient } from '../../support/clients/linked-client.ts'
import { recordSeries } from '../../support/telemetry/recorded-series.ts'

const wrongResult = defineTool({
  name: 'wrong_result',
  title: 'Wrong result',
  description: 'Returns what its schema does not allow.',
  input: {},
  output: { count: z.number() },
  annotations: {},
  run: async () => ({ count: 'many' as unknown as number }),
})
const TOOLS: readonly Tool[] = [helloWorld, ...demoTools, wrongResult]

const start = () => clientOfTools(TOOLS, { deadlineMs: 1_000 })

describe('toolHandlers', () => {
  it('lists tools as an McpServer does', async () => {
    const server = new McpServer({ name: 'x', version: '1' })
    for (const { name, title, description, input, output, annotations } of TOOLS) {
      const described = { title, description, inputSchema: input, outputSchema: output, annotations }
      server.registerTool(name, described, async () => ({ content: [] }))
    }
    const { tools } = await (await linkedClient(server)).listTools()
    // What it adds is the default: a tool without `execution` supports no tasks.
    const expected = tools.map(({ execution, _meta, ...tool }) => tool)

    expect((await (await start()).client.listTools()).tools).toEqual(expected)
    expect(tools.map(({ execution }) => execution?.taskSupport)).toEqual(TOOLS.map(() => 'forbidden'))
  })

  it.each([
    {
      what: 'arguments that the schema refuses',
      name: 'hello_world',
      args: { name: '' },
      text: 'Input validation error: Invalid arguments for tool hello_world',
      errorType: 'validation_error',
    },
    {
      what: 'a result that does not fit its schema',
      name: 'wrong_result',
      args: {},
      text: 'Output validation error: Invalid structured content for tool wrong_result',
      errorType: 'internal_error',
    },
    {
      what: 'what a tool throws',
      name: 'demo_fail',
      args: { kind: 'conflict' },
      text: 'demo_fail failed with "conflict"',
      errorType: 'conflict',
    },
  ])('returns an error as text for $what, and $errorType is counted once', async ({ name, args, text, errorType }) => {
    const series = recordSeries()
    const { call } = await start()

    expect(await call(name, args)).toMatchObject({ isError: true, text: expect.stringContaining(text) })
    expect(await series.nonZero('mcp_tool_errors_total')).toEqual({
      [`mcp_tool_errors_total{error_type="${errorType}",tool_name="${name}"}`]: 1,
    })
    expect(await series.nonZero('mcp_tool_calls_total')).toEqual({
      [`mcp_tool_calls_total{status="error",tool_name="${name}"}`]: 1,
    })
  })

  it('returns an error for a tool that does not exist, and counts no name that a client made up', async () => {
    const series = recordSeries()
    const { call } = await start()

    expect(await call('made_up')).toMatchObject({ isError: true, text: 'Tool made_up not found' })
    expect(await series.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}': 1,
    })
  })

  it('gives a tool its arguments with the defaults of its schema, and without keys that it does not know', async () => {
    const { call } = await start()

    expect(await call('hello_world', { name: 'Ada', extra: 'x' })).toMatchObject({
      isError: false,
      structured: { success: true },
    })
  })
})
