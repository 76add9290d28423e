// The tool calls that all contenders record: sixteen tools in turn, one call in twenty a failure.
export const TOOLS: readonly string[] = Array.from({ length: 16 }, (_, index) => `look_up_${index}`)

/** The error type of the call with this number; undefined if it succeeds. */
export function errorTypeOf(call: number): string | undefined {
  return call % 20 === 7 ? 'not_found' : undefined
}

/** The first message of a client. */
export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } },
} as const

/** The request of the call with this number. */
export function callRequest(id: number, call: number): object {
  const params = { name: TOOLS[call % TOOLS.length], arguments: { call, city: 'Lyon' } }
  return { jsonrpc: '2.0', id, method: 'tools/call', params }
}
