// Every kind of ending that a tool call can have, as a tool of a fixture server and a call to it. Used over each transport.
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { instrumentMcpServer } from '../../../src/instrumentation/in-process/mcp-server.ts'
import { ToolError } from '../../../src/instrumentation/outcome/tool-error.ts'
import type { InstrumentOptions } from '../../../src/instrumentation/wire/instrument-options.ts'

/** Milliseconds after which a call of the tool `never` is closed in the books. */
export const NEVER_DEADLINE_MS = 300

export interface OutcomeKind {
  readonly kind: string
  readonly tool: string
  readonly arguments?: Record<string, unknown>
  /** `cancel`: the client cancels once the call is under way. `abandon`: it does so only when the books are closed. */
  readonly client?: 'cancel' | 'abandon'
  readonly expected: { readonly toolName: string; readonly status: string; readonly errorType?: string }
}

const failure = (tool: string, errorType: string) => ({ toolName: tool, status: 'error', errorType })

export const OUTCOME_KINDS: readonly OutcomeKind[] = [
  { kind: 'a result', tool: 'ok', arguments: { text: 'hi' }, expected: { toolName: 'ok', status: 'success' } },
  { kind: 'a result marked isError', tool: 'marked', expected: failure('marked', 'tool_error') },
  { kind: 'a thrown Error', tool: 'throws_error', expected: failure('throws_error', 'RangeError') },
  { kind: 'a thrown ToolError', tool: 'throws_tool_error', expected: failure('throws_tool_error', 'not_found') },
  {
    kind: 'a thrown error of a declared class',
    tool: 'throws_declared',
    expected: failure('throws_declared', 'QuotaError'),
  },
  { kind: 'a thrown string', tool: 'throws_string', expected: failure('throws_string', '_OTHER') },
  { kind: 'a thrown null', tool: 'throws_null', expected: failure('throws_null', '_OTHER') },
  { kind: 'a thrown object whose toString throws', tool: 'throws_evil', expected: failure('throws_evil', '_OTHER') },
  { kind: 'refused arguments', tool: 'ok', arguments: { text: 7 }, expected: failure('ok', 'validation_error') },
  { kind: 'a tool that was never offered', tool: 'invented', expected: failure('_OTHER', 'unknown_tool') },
  { kind: 'a result that does not fit its schema', tool: 'misfit', expected: failure('misfit', 'internal_error') },
  {
    kind: 'success: false with a closed error type',
    tool: 'lab_failure',
    expected: failure('lab_failure', 'forbidden'),
  },
  {
    kind: 'a call that the client cancels',
    tool: 'waits',
    client: 'cancel',
    expected: { toolName: 'waits', status: 'cancelled' },
  },
  { kind: 'a call that is never answered', tool: 'never', client: 'abandon', expected: failure('never', 'timeout') },
]

class QuotaError extends Error {}

export const OUTCOME_OPTIONS: InstrumentOptions = {
  tools: { throws_declared: { errorTypes: ['QuotaError'] }, never: { deadlineMs: NEVER_DEADLINE_MS } },
}

/** A server with a tool for each kind, instrumented unless it is `bare`. */
export function createOutcomeServer(name = 'outcomes', { bare = false } = {}): McpServer {
  const server = new McpServer({ name, version: '1.0.0' })
  if (!bare) instrumentMcpServer(server, OUTCOME_OPTIONS)
  const throwing = (tool: string, thrown: () => unknown) =>
    server.registerTool(tool, {}, () => {
      throw thrown()
    })
  server.registerTool('ok', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('marked', {}, () => ({ content: [], isError: true }))
  throwing('throws_error', () => new RangeError('out of range'))
  throwing('throws_tool_error', () => new ToolError('not_found', 'there is no such thing'))
  throwing('throws_declared', () => new QuotaError('too many'))
  throwing('throws_string', () => 'a string')
  throwing('throws_null', () => null)
  throwing('throws_evil', () => ({
    toString() {
      throw new Error('no text')
    },
  }))
  server.registerTool('misfit', { outputSchema: { n: z.number() } }, () => ({
    content: [],
    structuredContent: { n: 'seven' },
  }))
  server.registerTool('lab_failure', {}, () => ({
    content: [],
    structuredContent: { success: false, error_type: 'forbidden' },
  }))
  server.registerTool(
    'waits',
    {},
    (extra) =>
      new Promise((_, reject) => {
        extra.signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  )
  server.registerTool('never', {}, () => new Promise(() => {}))
  return server
}

/**
 * Calls one kind once. Resolves when the call has ended as far as the client is concerned; never rejects.
 *
 * @param mayStop What a client that cancels or abandons its call waits for before it does. Over HTTP a cancellation is a
 * request of its own, and can overtake the call that it is for: the server then knows of nothing to cancel.
 */
export async function callOnce(client: Client, kind: OutcomeKind, mayStop: Promise<unknown>): Promise<void> {
  const abort = new AbortController()
  const request = { name: kind.tool, ...(kind.arguments && { arguments: kind.arguments }) }
  const call = client.callTool(request, undefined, { signal: abort.signal, timeout: 60_000 }).then(
    () => {},
    () => {},
  )
  if (kind.client === 'cancel') mayStop.then(() => setImmediate(() => abort.abort()))
  if (kind.client === 'abandon') mayStop.then(() => abort.abort())
  await call
}
