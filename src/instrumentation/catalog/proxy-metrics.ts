// Metrics that only a proxy in front of a server can record.
import type { MetricDefinition } from './metric-definition.ts'

export const PROXY_METRICS = {
  proxyUpstreamErrors: {
    name: 'mcp.proxy.upstream.errors',
    kind: 'counter',
    unit: '{error}',
    integer: true,
    description:
      'Requests that the server behind the proxy did not answer to their end: no connection, or one that broke.',
    attributes: ['httpClientErrorType'],
    stability: 'development',
  },
} as const satisfies Record<string, MetricDefinition>
