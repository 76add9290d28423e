// Every metric, written once. Instruments, views, the reference in docs/metrics.md and the tests are derived from this.
import type { AttributeName } from './attributes.ts'
import type { SeriesKind } from './series.ts'

export interface MetricDefinition {
  /** OTel name: dotted, without unit or type. `seriesName` gives the Prometheus name. */
  readonly name: string
  readonly kind: SeriesKind
  /** UCUM unit. */
  readonly unit: string
  readonly description: string
  readonly attributes: readonly AttributeName[]
  /** Upper bounds of a histogram's buckets, in `unit`. */
  readonly buckets?: readonly number[]
  /** True for counts: recorded as integers. */
  readonly integer?: boolean
  /** Who records it: the instrumentation or the caller of a typed instrument, or the telemetry itself by observation. */
  readonly recordedBy: 'instrumentation' | 'telemetry'
  readonly stability: 'stable' | 'development'
}

/** The lab's bounds from 0.1 s up, and finer ones below, since a fast tool would otherwise sit in one bucket. */
const TOOL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const
/** The boundaries that the conventions for MCP advise. */
const OPERATION_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const
/** A session lasts from one call to days; the 300 s at which the convention's bounds end would put most in one bucket. */
const SESSION_SECONDS = [1, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800] as const
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const
const PAYLOAD_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304] as const
const HEAP_BYTES = [4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456] as const

const definitions = {
  // The lab's series.
  toolCalls: {
    name: 'mcp.tool.calls',
    kind: 'counter',
    unit: '{call}',
    integer: true,
    description: 'Tool calls that ended, by outcome.',
    attributes: ['toolName', 'status'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  toolDuration: {
    name: 'mcp.tool.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from a tool call coming in to its reply going out.',
    attributes: ['toolName'],
    buckets: TOOL_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  toolErrors: {
    name: 'mcp.tool.errors',
    kind: 'counter',
    unit: '{error}',
    integer: true,
    description: 'Tool calls that failed, by cause.',
    attributes: ['toolName', 'errorType'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  activeRequests: {
    name: 'mcp.active_requests',
    kind: 'upDownCounter',
    unit: '{request}',
    integer: true,
    description: 'Tool calls that came in and have not ended.',
    attributes: ['toolName'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  responseSize: {
    name: 'mcp.response.size',
    kind: 'histogram',
    unit: 'By',
    integer: true,
    description: "UTF-8 bytes of the JSON of a tool call's result.",
    attributes: ['toolName'],
    buckets: PAYLOAD_BYTES,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  kubernetesOperations: {
    name: 'mcp.kubernetes.operations',
    kind: 'counter',
    unit: '{operation}',
    integer: true,
    description: 'Operations on the Kubernetes API: its HTTP requests.',
    attributes: ['operation', 'resource', 'operationStatus'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  podsDiagnosed: {
    name: 'mcp.pods.diagnosed',
    kind: 'counter',
    unit: '{pod}',
    integer: true,
    description: 'Pods looked at, each under its gravest finding.',
    attributes: ['namespace', 'issueType'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  serverInfo: {
    name: 'mcp.server.info',
    kind: 'gauge',
    unit: '',
    integer: true,
    description: 'Always 1; its labels say which MCP server runs here.',
    attributes: ['serverName', 'version', 'nodeVersion'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },

  // OpenTelemetry's conventions for MCP and HTTP.
  serverOperationDuration: {
    name: 'mcp.server.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP requests and notifications as the receiver saw them.',
    attributes: [
      'mcpMethod',
      'operationErrorType',
      'genAiToolName',
      'genAiPromptName',
      'genAiOperation',
      'rpcStatusCode',
      'mcpProtocolVersion',
      'networkTransport',
      'networkProtocol',
    ],
    buckets: OPERATION_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'development',
  },
  clientOperationDuration: {
    name: 'mcp.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP requests and notifications as the sender saw them.',
    attributes: [
      'mcpMethod',
      'operationErrorType',
      'genAiToolName',
      'genAiPromptName',
      'genAiOperation',
      'rpcStatusCode',
      'mcpProtocolVersion',
      'networkTransport',
      'networkProtocol',
      'serverAddress',
      'serverPort',
    ],
    buckets: OPERATION_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'development',
  },
  serverSessionDuration: {
    name: 'mcp.server.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP sessions as the server saw them (revisions that have sessions).',
    attributes: ['operationErrorType', 'mcpProtocolVersion', 'networkTransport', 'networkProtocol'],
    buckets: SESSION_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'development',
  },
  clientSessionDuration: {
    name: 'mcp.client.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP sessions as the client saw them (revisions that have sessions).',
    attributes: [
      'operationErrorType',
      'mcpProtocolVersion',
      'networkTransport',
      'networkProtocol',
      'serverAddress',
      'serverPort',
    ],
    buckets: SESSION_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'development',
  },
  httpServerRequestDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP requests, also of those refused before they became a message.',
    attributes: ['httpMethod', 'httpStatusCode', 'httpRoute', 'urlScheme', 'httpErrorType'],
    buckets: HTTP_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },

  httpClientRequestDuration: {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP requests that were sent, to the end of the response or, of a stream, to its start.',
    attributes: ['httpMethod', 'serverAddress', 'serverPort', 'urlTemplate', 'httpStatusCode', 'httpClientErrorType'],
    buckets: HTTP_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },

  // What the lab lists and its bonus challenges ask for.
  requestSize: {
    name: 'mcp.request.size',
    kind: 'histogram',
    unit: 'By',
    integer: true,
    description: "UTF-8 bytes of the JSON of a tool call's arguments.",
    attributes: ['toolName'],
    buckets: PAYLOAD_BYTES,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  toolMemory: {
    name: 'mcp.tool.memory',
    kind: 'histogram',
    unit: 'By',
    integer: true,
    description: 'Growth of the heap over a tool call, never below 0; calls that overlapped others are not recorded.',
    attributes: ['toolName'],
    buckets: HEAP_BYTES,
    recordedBy: 'instrumentation',
    stability: 'development',
  },
  cacheRequests: {
    name: 'mcp.cache.requests',
    kind: 'counter',
    unit: '{request}',
    integer: true,
    description: 'Look-ups in a cache.',
    attributes: ['cache', 'cacheResult'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  openConnections: {
    name: 'mcp.open_connections',
    kind: 'upDownCounter',
    unit: '{connection}',
    integer: true,
    description: 'Open sockets of the MCP listener; 1 while a stdio client is there.',
    attributes: ['transport'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  activeSubscriptions: {
    name: 'mcp.active_subscriptions',
    kind: 'upDownCounter',
    unit: '{subscription}',
    integer: true,
    description: 'Open subscriptions/listen streams.',
    attributes: [],
    recordedBy: 'instrumentation',
    stability: 'development',
  },
  queueDepth: {
    name: 'mcp.queue.depth',
    kind: 'upDownCounter',
    unit: '{request}',
    integer: true,
    description: "Tool calls that wait for the server's concurrency limit.",
    attributes: ['toolName'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  queueWait: {
    name: 'mcp.queue.wait',
    kind: 'histogram',
    unit: 's',
    description: "Time that tool calls waited for the server's concurrency limit.",
    attributes: ['toolName'],
    buckets: TOOL_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  clientRequests: {
    name: 'mcp.client.requests',
    kind: 'counter',
    unit: '{request}',
    integer: true,
    description: 'Requests received, by the client that sent them.',
    attributes: ['clientName', 'protocolVersion'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },

  kubernetesOperationDuration: {
    name: 'mcp.kubernetes.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of operations on the Kubernetes API; of a watch, until it has started.',
    attributes: ['operation', 'resource'],
    buckets: HTTP_SECONDS,
    recordedBy: 'instrumentation',
    stability: 'stable',
  },

  // What the diagnosis of a Kubernetes cluster finds, and what is done about it.
  issuesDetected: {
    name: 'mcp.issues.detected',
    kind: 'counter',
    unit: '{issue}',
    integer: true,
    description: 'Issues that were found and had not been there, or had gone, at the look before.',
    attributes: ['namespace', 'issueType', 'severity'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  openIssues: {
    name: 'mcp.cluster.open_issues',
    kind: 'gauge',
    unit: '{issue}',
    integer: true,
    description: 'Issues that are there now.',
    attributes: ['namespace', 'issueType', 'severity'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  clusterPods: {
    name: 'mcp.cluster.pods',
    kind: 'gauge',
    unit: '{pod}',
    integer: true,
    description: 'Pods that are there now, by phase.',
    attributes: ['namespace', 'phase'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },
  remediationActions: {
    name: 'mcp.remediation.actions',
    kind: 'counter',
    unit: '{action}',
    integer: true,
    description: 'Steps of remediations, by how far they came.',
    attributes: ['action', 'remediationOutcome'],
    recordedBy: 'instrumentation',
    stability: 'stable',
  },

  // The telemetry itself.
  telemetrySeries: {
    name: 'mcp.telemetry.series',
    kind: 'gauge',
    unit: '{series}',
    integer: true,
    description: 'Attribute sets that the telemetry holds, over all instruments.',
    attributes: [],
    recordedBy: 'telemetry',
    stability: 'stable',
  },
  telemetryOverflowed: {
    name: 'mcp.telemetry.measurements.overflowed',
    kind: 'counter',
    unit: '{measurement}',
    integer: true,
    description: 'Measurements recorded under a catch-all series because a bound was reached.',
    attributes: [],
    recordedBy: 'telemetry',
    stability: 'stable',
  },
  telemetryDropped: {
    name: 'mcp.telemetry.measurements.dropped',
    kind: 'counter',
    unit: '{measurement}',
    integer: true,
    description: 'Measurements refused because their number was none (NaN, infinite, negative on a counter).',
    attributes: [],
    recordedBy: 'telemetry',
    stability: 'stable',
  },
  telemetryScrapeDuration: {
    name: 'mcp.telemetry.scrape.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time to collect and write an answer of /metrics.',
    attributes: [],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    recordedBy: 'telemetry',
    stability: 'stable',
  },
  telemetryExportFailures: {
    name: 'mcp.telemetry.export.failures',
    kind: 'counter',
    unit: '{export}',
    integer: true,
    description: 'OTLP exports that failed, were refused, or passed their deadline.',
    attributes: ['signal'],
    recordedBy: 'telemetry',
    stability: 'stable',
  },
  telemetryLastExport: {
    name: 'mcp.telemetry.export.last_success.timestamp',
    kind: 'gauge',
    unit: 's',
    description: 'Unix time of the last successful OTLP export; 0 before the first.',
    attributes: ['signal'],
    recordedBy: 'telemetry',
    stability: 'stable',
  },
} as const satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof definitions
export type MetricDefinitions = typeof definitions

export const METRICS: MetricDefinitions = definitions

/** How many series one instrument may have in the life of the process; what comes after goes to the overflow series. */
export const SERIES_LIMIT = 2000
