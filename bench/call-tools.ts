// Serves tools on an MCP server of the SDK (v1) that a contender observes, and measures `tools/call` over an in-memory transport.
// The client is bare JSON-RPC, one call at a time, so that the time is the server's.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { CallToolResult, JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { jsonSize } from '../src/instrumentation/wire/json-size.ts'
import type { CallRecorder, Contender } from './contender.ts'
import { callRequest, errorTypeOf, INITIALIZE, TOOLS } from './workload.ts'

type Arguments = { readonly call: number; readonly city: string }
type Callback = (args: Arguments) => CallToolResult

/** Calls after which the event loop gets a turn. */
const TURN = 100

const TEXT = 'x'.repeat(1_000)

function lookUp({ call }: Arguments): CallToolResult {
  const errorType = errorTypeOf(call)
  if (errorType === undefined) return { content: [{ type: 'text', text: TEXT }] }
  return {
    content: [{ type: 'text', text: 'There is no such city.' }],
    isError: true,
    structuredContent: { error_type: errorType },
  }
}

export function serverWithTools({ recorder, instrument, trace }: Contender): McpServer {
  const server = new McpServer({ name: 'bench', version: '1.0.0' })
  const observed = instrument?.(server) ?? server
  const inputSchema = { call: z.number().int().min(0), city: z.string().min(1).max(100) }
  for (const tool of TOOLS) {
    const callback = instrument === undefined ? wrapped(tool, lookUp, recorder, trace) : lookUp
    observed.registerTool(tool, { description: 'Looks up a city.', inputSchema }, callback)
  }
  return observed
}

/** Serves the tools on this process's stdin and stdout. */
export async function serveStdio(contender: Contender): Promise<void> {
  await serverWithTools(contender).connect(new StdioServerTransport())
}

/** Microseconds of one call: by the clock, and of this process's CPU. */
export interface CallCost {
  readonly us: number
  readonly cpu: number
}

/** Connects a server with the tools; the result makes `calls` calls. */
export async function connectTools(contender: Contender): Promise<(calls: number) => Promise<CallCost>> {
  const server = serverWithTools(contender)
  const [client, serverSide] = InMemoryTransport.createLinkedPair()
  await server.connect(serverSide)
  await client.start()
  const ask = (message: object) =>
    new Promise<JSONRPCMessage>((resolve) => {
      client.onmessage = resolve
      void client.send(message as JSONRPCMessage)
    })
  await ask(INITIALIZE)
  await client.send({ jsonrpc: '2.0', method: 'notifications/initialized' })

  let id = 0
  return async (calls) => {
    const startedAt = performance.now()
    const cpuBefore = process.cpuUsage()
    for (let call = 0; call < calls; call += 1) {
      id += 1
      const answer = await ask(callRequest(id, call))
      const failed = (answer as { result?: CallToolResult }).result?.isError === true
      // Spans are sent meanwhile, in a process that has a turn to send them.
      if (call % TURN === 0) await nextTurn()
      if (failed !== (errorTypeOf(call) !== undefined)) throw new Error(`call ${call}: ${JSON.stringify(answer)}`)
    }
    await contender.flush?.()
    return { us: ((performance.now() - startedAt) * 1e3) / calls, cpu: process.cpuUsage(cpuBefore).user / calls }
  }
}

/** The wrapper that one writes by hand. It takes sizes as ours does: the cheap way, not `JSON.stringify`. */
function wrapped(tool: string, callback: Callback, recorder: CallRecorder, trace: Contender['trace']): Callback {
  return (args) => {
    recorder.begin(tool)
    const startedAt = performance.now()
    const result = trace === undefined ? callback(args) : trace(tool, () => callback(args))
    const seconds = (performance.now() - startedAt) / 1000
    const errorType = result.isError === true ? String(result.structuredContent?.['error_type']) : undefined
    recorder.end(tool, seconds, jsonSize(args) ?? 0, jsonSize(result) ?? 0, errorType)
    return result
  }
}
