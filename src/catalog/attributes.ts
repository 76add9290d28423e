// Every attribute that a metric of ours may carry, and what bounds it: a closed list of values, or a limit on how many
// distinct values are admitted in the life of the process. What does not fit is recorded as `_OTHER`.
//
// The names marked (semconv) are copied from the OpenTelemetry conventions for MCP, JSON-RPC and HTTP as they stood on
// 2026-11-22. They are in development and moved repository once already, so they are written here and nowhere else.

import { HTTP_ERROR_STATUSES, HTTP_FAILURES } from './http-values.ts'
import { KUBERNETES_OPERATIONS, KUBERNETES_RESOURCES } from './kubernetes-values.ts'

export const OTHER = '_OTHER'

/** The attribute (and, in Prometheus, label) that marks the series which takes what a bound refused. */
export const OVERFLOW_ATTRIBUTE = 'otel.metric.overflow'

/** `mcp.tool.calls` statuses. `cancelled` and `input_required` are neither success nor failure: SLOs leave them out. */
export const STATUSES = ['success', 'error', 'cancelled', 'input_required'] as const
export type Status = (typeof STATUSES)[number]

/** Whose fault an `error.type` is. SLOs and pages count the server's only. */
export const ERROR_SIDES = {
  unknown_tool: 'caller',
  validation_error: 'caller',
  connection_closed: 'server',
  timeout: 'server',
  internal_error: 'server',
  tool_error: 'server',
  not_found: 'server',
  forbidden: 'server',
  conflict: 'server',
  unavailable: 'server',
  refused: 'server',
  _OTHER: 'server',
} as const satisfies Record<string, 'caller' | 'server'>

/** The error classes of ECMAScript and Node: closed, so that a thrown error's class may be a label. */
export const ERROR_CLASSES = [
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AbortError',
  'AssertionError',
  'SystemError',
  'TimeoutError',
  'DOMException',
] as const

/** The kinds a `ToolError` may have. */
export const TOOL_ERROR_KINDS = [
  'not_found',
  'forbidden',
  'conflict',
  'validation_error',
  'timeout',
  'unavailable',
  'refused',
  'internal_error',
] as const
export type ToolErrorKind = (typeof TOOL_ERROR_KINDS)[number]

export const ERROR_TYPES = [...Object.keys(ERROR_SIDES), ...ERROR_CLASSES] as readonly string[]

/** Error types that any tool can have whatever it declares: their series start at 0. */
export const COMMON_ERROR_TYPES = [
  'validation_error',
  'tool_error',
  'internal_error',
  'timeout',
  'connection_closed',
  'Error',
  OTHER,
] as const

/** MCP methods and notifications of all protocol revisions to 2026-07-28 (semconv: well-known values, then the newer ones). */
export const MCP_METHODS = [
  'initialize',
  'ping',
  'completion/complete',
  'elicitation/create',
  'logging/setLevel',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'resources/templates/list',
  'roots/list',
  'sampling/createMessage',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
  'notifications/cancelled',
  'notifications/elicitation/complete',
  'notifications/initialized',
  'notifications/message',
  'notifications/progress',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/roots/list_changed',
  'notifications/subscriptions/acknowledged',
  'notifications/tasks',
  'notifications/tasks/status',
  'notifications/tools/list_changed',
] as const

export const PROTOCOL_VERSIONS = [
  '2024-10-07',
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
] as const

/** Clients that are known by the name they give in `clientInfo`; a user may add to them. */
export const KNOWN_CLIENTS = [
  'claude-ai',
  'claude-code',
  'codex-mcp-client',
  'Visual Studio Code',
  'Visual-Studio-Code',
  'cursor-vscode',
  'cline',
  'continue-client',
  'copilot',
  'gemini-cli-mcp-client',
  'goose',
  'inspector-cli',
  'inspector-client',
  'mcp-inspector',
  'JetBrains-IDE',
  'librechat',
  'mcp-remote',
  'mcp-vitals-traffic',
  'opencode',
  'openai-mcp',
  'roo-code',
  'windsurf-client',
  'zed',
] as const

/** JSON-RPC error codes that MCP defines or has defined, as strings (semconv: `rpc.response.status_code`). */
export const RPC_CODES = [
  '-32700',
  '-32600',
  '-32601',
  '-32602',
  '-32603',
  '-32000',
  '-32001',
  '-32002',
  '-32003',
  '-32004',
  '-32020',
  '-32021',
  '-32022',
  '-32042',
] as const

/** Codes that are the caller's fault: no error of the server's operation by the conventions (semconv, section on errors). */
export const CALLER_FAULT_CODES: ReadonlySet<string> = new Set(['-32700', '-32600', '-32601', '-32602', '-32002'])

/** The issue types of the Kubernetes diagnosis (docs/issues.md), and what a pod without one is counted under. */
export const ISSUE_TYPES = [
  'none',
  'crash_loop',
  'init_container_failing',
  'sidecar_failing',
  'restart_storm',
  'container_exit_error',
  'oom_killed',
  'oom_recovered',
  'near_oom',
  'image_not_found',
  'image_pull_unauthorized',
  'image_pull_network',
  'image_pull_rate_limited',
  'image_pull_failed',
  'image_never_pull',
  'image_invalid_name',
  'image_inspect_error',
  'image_arch_mismatch',
  'config_map_missing',
  'secret_missing',
  'config_key_missing',
  'container_config_error',
  'container_create_error',
  'container_run_error',
  'lifecycle_hook_failed',
  'liveness_kill',
  'liveness_failing',
  'startup_probe_failing',
  'readiness_failing',
  'readiness_gate_waiting',
  'unschedulable_resources',
  'unschedulable_taint',
  'unschedulable_affinity',
  'unschedulable_topology',
  'unschedulable_ports',
  'unschedulable_volume',
  'claim_missing',
  'unschedulable_cordoned',
  'unschedulable',
  'awaiting_preemption',
  'scheduling_gated',
  'scheduler_silent',
  'evicted_memory',
  'evicted_storage',
  'evicted_node_pressure',
  'evicted_taint',
  'preempted',
  'node_lost',
  'node_shutdown',
  'kubelet_refused',
  'deadline_exceeded',
  'volume_multi_attach',
  'volume_attach_failed',
  'volume_mount_failed',
  'volume_mount_timeout',
  'sandbox_failed',
  'stuck_creating',
  'stuck_on_finalizer',
  'stuck_terminating',
  'namespace_stuck_terminating',
  'quota_exceeded',
  'limit_range_violation',
  'pod_security_denied',
  'admission_denied',
  'webhook_unavailable',
  'service_account_missing',
  'pod_create_failed',
  'rollout_stuck',
  'deployment_unavailable',
  'replicaset_unavailable',
  'statefulset_unavailable',
  'daemonset_unavailable',
  'job_backoff_limit',
  'job_deadline_exceeded',
  'job_failed',
  'job_suspended',
  'cron_job_suspended',
  'cron_job_not_scheduled',
  'claim_pending',
  'claim_lost',
  'claim_resize_failed',
  'service_without_endpoints',
  'autoscaler_metrics_missing',
  'autoscaler_at_max',
  'autoscaler_unable',
  'budget_blocks_eviction',
  'quota_exhausted',
  'node_not_ready',
  'node_unreachable',
  'node_memory_pressure',
  'node_disk_pressure',
  'node_pid_pressure',
  'node_network_unavailable',
] as const

/** How grave a finding of the diagnosis is. */
export const ISSUE_SEVERITIES = ['critical', 'warning', 'info'] as const
export type IssueSeverity = (typeof ISSUE_SEVERITIES)[number]

/** What a remediation does, and how far it came. */
export const REMEDIATION_ACTIONS = ['restart', 'scale', 'rollback', 'delete_pod'] as const
export type RemediationAction = (typeof REMEDIATION_ACTIONS)[number]
export const REMEDIATION_OUTCOMES = ['planned', 'applied', 'verified', 'failed', 'refused'] as const
export type RemediationOutcome = (typeof REMEDIATION_OUTCOMES)[number]

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
  errorType: {
    key: 'error.type',
    description: 'Why it failed: a closed list, error classes, and what a tool declares (at most 100).',
    limit: 100 + Object.keys(ERROR_SIDES).length + ERROR_CLASSES.length,
    from: 'the closed list and what tools declare',
  },
  operation: {
    key: 'operation',
    description: 'What was asked of the Kubernetes API.',
    values: KUBERNETES_OPERATIONS,
  },
  resource: {
    key: 'resource',
    description: 'The Kubernetes resource, plural and lower case.',
    values: KUBERNETES_RESOURCES,
  },
  operationStatus: { key: 'status', description: 'Whether the operation succeeded.', values: ['success', 'error'] },
  namespace: {
    key: 'namespace',
    description: 'The Kubernetes namespace looked at.',
    limit: 100,
    from: 'namespaces that the Kubernetes API confirmed',
  },
  issueType: {
    key: 'issue.type',
    description: 'The type of the finding (docs/issues.md); of a pod its gravest, `none` for a healthy one.',
    values: ISSUE_TYPES,
  },
  severity: { key: 'severity', description: 'How grave the finding is.', values: ISSUE_SEVERITIES },
  phase: {
    key: 'phase',
    description: 'The phase of the pods.',
    values: ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'],
  },
  action: { key: 'action', description: 'What the remediation does.', values: REMEDIATION_ACTIONS },
  remediationOutcome: { key: 'outcome', description: 'How far the remediation came.', values: REMEDIATION_OUTCOMES },
  serverName: { key: 'server.name', description: "The MCP server's name.", limit: 50, from: 'servers of this process' },
  version: { key: 'version', description: "The MCP server's version.", limit: 50, from: 'servers of this process' },
  nodeVersion: { key: 'node.version', description: 'Version of Node.', limit: 1, from: 'this process' },
  cache: { key: 'cache', description: 'The name a cache was registered under.', limit: 50, from: 'caches registered' },
  cacheResult: { key: 'result', description: 'Whether the cache had it.', values: ['hit', 'miss'] },
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
  signal: { key: 'signal', description: 'The OpenTelemetry signal exported.', values: ['metrics', 'traces', 'logs'] },

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
    key: 'rpc.response.status_code',
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
    description: 'The path with its variable parts named, as whoever sends the request wrote it (semconv).',
    limit: 100,
    from: 'templates that the program names',
  },
} as const satisfies Record<string, AttributeDefinition>

export type AttributeName = keyof typeof definitions
export type AttributeKey<N extends AttributeName> = (typeof definitions)[N]['key']

export const ATTRIBUTES: typeof definitions = definitions
