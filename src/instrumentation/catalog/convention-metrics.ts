// OpenTelemetry's conventions for MCP and HTTP.
import { HTTP_SECONDS, OPERATION_SECONDS, SESSION_SECONDS } from './buckets.ts'
import type { MetricDefinition } from './metric-definition.ts'

const OPERATION = [
  'mcpMethod',
  'operationErrorType',
  'genAiToolName',
  'genAiPromptName',
  'genAiOperation',
  'rpcStatusCode',
  'mcpProtocolVersion',
  'networkTransport',
  'networkProtocol',
] as const
const SESSION = ['operationErrorType', 'mcpProtocolVersion', 'networkTransport', 'networkProtocol'] as const
/** What a client tells besides. */
const CALLED = ['serverAddress', 'serverPort'] as const

export const CONVENTION_METRICS = {
  serverOperationDuration: {
    name: 'mcp.server.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP requests and notifications as the receiver saw them.',
    attributes: OPERATION,
    buckets: OPERATION_SECONDS,
    stability: 'development',
  },
  clientOperationDuration: {
    name: 'mcp.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP requests and notifications as the sender saw them.',
    attributes: [...OPERATION, ...CALLED],
    buckets: OPERATION_SECONDS,
    stability: 'development',
  },
  serverSessionDuration: {
    name: 'mcp.server.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP sessions as the server saw them (revisions that have sessions).',
    attributes: SESSION,
    buckets: SESSION_SECONDS,
    stability: 'development',
  },
  clientSessionDuration: {
    name: 'mcp.client.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP sessions as the client saw them (revisions that have sessions).',
    attributes: [...SESSION, ...CALLED],
    buckets: SESSION_SECONDS,
    stability: 'development',
  },
  httpServerRequestDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP requests, also of those refused before they became a message.',
    attributes: ['httpMethod', 'httpStatusCode', 'httpRoute', 'urlScheme', 'httpErrorType'],
    buckets: HTTP_SECONDS,
    stability: 'stable',
  },
  httpClientRequestDuration: {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of outgoing HTTP requests, until the end of the response, or until its start if it is a stream.',
    attributes: ['httpMethod', 'serverAddress', 'serverPort', 'urlTemplate', 'httpStatusCode', 'httpClientErrorType'],
    buckets: HTTP_SECONDS,
    stability: 'stable',
  },
} as const satisfies Record<string, MetricDefinition>
