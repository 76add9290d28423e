// The attributes of one JSON-RPC request or notification and how it ended, by the OpenTelemetry conventions for MCP (in
// development; GenAI conventions v0.1.0).
import type { Attributes } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import { CALLER_FAULT_CODES, MCP_METHODS } from '../catalog/protocol-values.ts'
import type { Reply } from '../outcome/judge-reply.ts'
import { member, textMember } from '../outcome/read-value.ts'
import type { NetworkFacts } from './network.ts'

/** The side of an operation, not of a process: a server that sends `sampling/createMessage` is its client. */
export type Side = 'server' | 'client'

/** What is known of an operation when it starts. */
export interface OperationFacts {
  readonly side: Side
  /** A method of the protocol, or `_OTHER`. */
  readonly method: string
  /** The tool of a `tools/call` or the prompt of a `prompts/get`: an offered name, or `_OTHER`. */
  readonly target: string | undefined
  /** What the message's `jsonrpc` says, if that is not 2.0. */
  readonly jsonRpcVersion?: string | undefined
  readonly network: NetworkFacts
}

/** How it ended, as far as the conventions ask. Both unset: it succeeded. */
export interface Ending {
  readonly errorType?: string | undefined
  /** The code of a JSON-RPC error, as text. */
  readonly rpcCode?: string | undefined
}

export const SUCCEEDED: Ending = {}
const TOOL_ERROR: Ending = { errorType: 'tool_error' }
export const TIMED_OUT: Ending = { errorType: 'timeout' }
export const CANCELLED_BY_CALLER: Ending = { errorType: 'cancelled' }
export const CONNECTION_CLOSED: Ending = { errorType: 'connection_closed' }

const METHODS: ReadonlySet<string> = new Set(MCP_METHODS)

/** The method as it may stand on metrics and in span names: strangers choose methods too. */
export function boundedMethod(method: string): string {
  return METHODS.has(method) ? method : OTHER
}

/**
 * The ending that a response tells. A caller's fault (a malformed request, an unknown method, bad parameters) is no error
 * of the server's operation, though it is one of the client's.
 */
export function endingOf(side: Side, response: Reply): Ending {
  const { error, result } = response
  if (error === undefined) return member(result, 'isError') === true ? TOOL_ERROR : SUCCEEDED
  const rpcCode = String(member(error, 'code'))
  return side === 'server' && CALLER_FAULT_CODES.has(rpcCode) ? { rpcCode } : { rpcCode, errorType: rpcCode }
}

/** The attributes of the operation's duration; its span has the same and a few more. */
export function operationAttributes(facts: OperationFacts, ending: Ending, protocolVersion?: string): Attributes {
  const { side, method, target, network } = facts
  return {
    'mcp.method.name': method,
    ...(method === 'tools/call' && { 'gen_ai.operation.name': 'execute_tool' }),
    ...(method === 'tools/call' && target !== undefined && { 'gen_ai.tool.name': target }),
    ...(method === 'prompts/get' && target !== undefined && { 'gen_ai.prompt.name': target }),
    ...present('mcp.protocol.version', protocolVersion),
    ...present('network.transport', network.networkTransport),
    ...present('network.protocol.name', network.networkProtocol),
    ...present('network.protocol.version', network.networkProtocolVersion),
    ...present('jsonrpc.protocol.version', facts.jsonRpcVersion),
    ...(side === 'client' && present('server.address', network.serverAddress)),
    ...(side === 'client' && present('server.port', network.serverPort)),
    ...present('error.type', ending.errorType),
    ...present('rpc.status_code', ending.rpcCode),
  }
}

/**
 * `{method} {target}`. A tool that was never offered gives the method alone, so that metrics made from spans stay bounded.
 */
export function spanName({ method, target }: OperationFacts): string {
  return target === undefined || target === OTHER ? method : `${method} ${target}`
}

/** The name of the tool or prompt that a request is about, as the client sent it. */
export function targetName(method: string, params: unknown): string | undefined {
  return method === 'tools/call' || method === 'prompts/get' ? textMember(params, 'name') : undefined
}

function present(key: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [key]: value }
}
