// Every attribute that a metric of ours may carry, and what bounds it: a closed list of values, or a limit on how many
// distinct values are admitted in the life of the process. What does not fit is recorded as `_OTHER`.
//
// The names marked (semconv) are copied from OpenTelemetry's GenAI conventions v0.1.0 and the core conventions v1.45.0 that they
// depend on, on 2026-11-29. Most are in development, so they are written here; a test compares the core ones with the npm package.

import { HTTP_ERROR_STATUSES, HTTP_FAILURES } from './http-values.ts'
import {
  ISSUE_SEVERITIES,
  ISSUE_TYPES,
  KUBERNETES_OPERATIONS,
  KUBERNETES_RESOURCES,
  OPERATION_STATUSES,
  REMEDIATION_ACTIONS,
  REMEDIATION_OUTCOMES,
} from './kubernetes-values.ts'
import { ERROR_CLASSES, ERROR_SIDES, STATUSES, TASK_ENDS } from './outcome-values.ts'
import { EXIT_SIGNALS } from './process-values.ts'
import { KNOWN_CLIENTS, MCP_METHODS, PROTOCOL_VERSIONS, RPC_CODES, SDKS } from './protocol-values.ts'

interface AttributeBase {
  /** OTel key; `labelName` of it is the Prometheus label. */
  readonly key: string
  readonly description: string
}
export type AttributeDefinition =
  | (AttributeBase & { readonly values: readonly string[] })
  | (AttributeBase & { readonly limit: number; readonly from: string })
  | (AttributeBase & { readonly range: readonly [number, number] })

const definitions = {
  toolName: {
    key: 'tool.name',
    description: 'A tool that the server itself registered, declared or listed; any other is `_OTHER`.',
    limit: 500,
    from: 'tools that servers of this process offered',
  },
  status: { key: 'status', description: 'How the call ended.', values: STATUSES },
  taskStatus: { key: 'status', description: 'How the task ended.', values: TASK_ENDS },
  errorType: {
    key: 'error.type',
    description: 'Why it failed: a closed list, error classes, and what a tool declares (at most 100).',
    limit: 100 + Object.keys(ERROR_SIDES).length + ERROR_CLASSES.length,
    from: 'the closed list and what tools declare',
  },
  operation: {
    key: 'operation',
    description: 'The kind of request to the Kubernetes API.',
    values: KUBERNETES_OPERATIONS,
  },
  resource: {
    key: 'resource',
    description: 'The Kubernetes resource, plural and lower case.',
    values: KUBERNETES_RESOURCES,
  },
  operationStatus: { key: 'status', description: 'Whether the operation succeeded.', values: OPERATION_STATUSES },
  namespace: {
    key: 'namespace',
    description: 'The Kubernetes namespace.',
    limit: 100,
    from: 'namespaces that the Kubernetes API confirmed',
  },
  issueType: {
    key: 'issue.type',
    description:
      'The type of the finding (docs/issues.md); for a pod, its most severe one, or `none` if it is healthy.',
    values: ISSUE_TYPES,
  },
  severity: { key: 'severity', description: 'The severity of the finding.', values: ISSUE_SEVERITIES },
  phase: {
    key: 'phase',
    description: 'The phase of the pods.',
    values: ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'],
  },
  action: { key: 'action', description: 'What the remediation does.', values: REMEDIATION_ACTIONS },
  remediationOutcome: { key: 'outcome', description: 'The outcome of the step.', values: REMEDIATION_OUTCOMES },
  serverName: { key: 'server.name', description: "The MCP server's name.", limit: 50, from: 'servers of this process' },
  version: { key: 'version', description: "The MCP server's version.", limit: 50, from: 'servers of this process' },
  nodeVersion: { key: 'node.version', description: 'Version of Node.', limit: 1, from: 'this process' },
  cache: { key: 'cache', description: 'The name a cache was registered under.', limit: 50, from: 'caches registered' },
  cacheResult: { key: 'result', description: 'Whether the value was in the cache.', values: ['hit', 'miss'] },
  transport: { key: 'transport', description: 'The MCP transport.', values: ['stdio', 'http'] },
  clientName: {
    key: 'client.name',
    description: '`clientInfo.name`, if it is a known client.',
    limit: KNOWN_CLIENTS.length + 50,
    from: 'the list of known clients and what the user adds',
  },
  protocolVersion: {
    key: 'protocol.version',
    description: 'The MCP revision of the request.',
    values: PROTOCOL_VERSIONS,
  },
  sdk: { key: 'sdk', description: 'The SDK that the server is written with, where its object is known.', values: SDKS },
  signal: { key: 'signal', description: 'The OpenTelemetry signal exported.', values: ['metrics', 'traces', 'logs'] },

  exitCode: { key: 'exit.code', description: 'The exit code of the process.', range: [0, 255] },
  exitSignal: {
    key: 'signal',
    description: 'The signal that ended the process, if one did.',
    values: EXIT_SIGNALS,
  },

  // From the conventions (semconv).
  mcpMethod: { key: 'mcp.method.name', description: 'The JSON-RPC method (semconv).', values: MCP_METHODS },
  mcpProtocolVersion: {
    key: 'mcp.protocol.version',
    description: 'The MCP revision (semconv).',
    values: PROTOCOL_VERSIONS,
  },
  genAiToolName: {
    key: 'gen_ai.tool.name',
    description: 'The tool, bounded like `tool.name` (semconv).',
    limit: 500,
    from: 'tools that servers of this process offered',
  },
  genAiPromptName: {
    key: 'gen_ai.prompt.name',
    description: 'A prompt that the server registered or listed (semconv).',
    limit: 500,
    from: 'prompts that servers of this process offered',
  },
  genAiOperation: {
    key: 'gen_ai.operation.name',
    description: '`execute_tool` on tool calls (semconv).',
    values: ['execute_tool'],
  },
  rpcStatusCode: {
    key: 'rpc.status_code',
    description: 'The JSON-RPC error code, if the reply is an error (semconv).',
    values: RPC_CODES,
  },
  operationErrorType: {
    key: 'error.type',
    description:
      'Set if the operation failed: the code, `tool_error`, `timeout`, `cancelled`, `connection_closed` (semconv).',
    values: ['tool_error', 'timeout', 'cancelled', 'connection_closed', ...RPC_CODES],
  },
  networkTransport: {
    key: 'network.transport',
    description: '`pipe` for stdio, `tcp` for HTTP (semconv).',
    values: ['pipe', 'tcp'],
  },
  networkProtocol: {
    key: 'network.protocol.name',
    description: '`http` for Streamable HTTP (semconv).',
    values: ['http', 'websocket'],
  },
  networkProtocolVersion: {
    key: 'network.protocol.version',
    description: 'The version of HTTP, where the source of the messages knows it (semconv).',
    values: ['1.0', '1.1', '2', '3'],
  },
  jsonRpcVersion: {
    key: 'jsonrpc.protocol.version',
    description: 'What `jsonrpc` of the message says, if that is not `2.0` (semconv).',
    values: ['1.0', '1.1', '1.2'],
  },
  serverAddress: {
    key: 'server.address',
    description: 'The host that the client calls (semconv).',
    limit: 50,
    from: 'servers that this process connected to',
  },
  serverPort: { key: 'server.port', description: 'The port that the client calls (semconv).', range: [1, 65_535] },
  httpMethod: {
    key: 'http.request.method',
    description: 'The HTTP method (semconv).',
    values: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'],
  },
  httpStatusCode: { key: 'http.response.status_code', description: 'The HTTP status (semconv).', range: [100, 599] },
  httpRoute: {
    key: 'http.route',
    description: 'The route that the wrapper was given (semconv).',
    limit: 50,
    from: 'routes that the program names',
  },
  urlScheme: { key: 'url.scheme', description: '`http` or `https` (semconv).', values: ['http', 'https'] },
  httpErrorType: {
    key: 'error.type',
    description: 'The status as text, for a 5xx; `connection_closed` if the reply was not finished (semconv).',
    values: ['500', '501', '502', '503', '504', 'connection_closed'],
  },
  httpClientErrorType: {
    key: 'error.type',
    description: 'The status as text, from 400 on; how it failed, if there was none or its body broke off (semconv).',
    values: [...HTTP_FAILURES, ...HTTP_ERROR_STATUSES],
  },
  urlTemplate: {
    key: 'url.template',
    description: 'The path with its variable parts named, as the sender of the request wrote it (semconv).',
    limit: 100,
    from: 'templates that the program names',
  },
} as const satisfies Record<string, AttributeDefinition>

export type AttributeName = keyof typeof definitions
export type AttributeKey<N extends AttributeName> = (typeof definitions)[N]['key']

export const ATTRIBUTES: typeof definitions = definitions
