// Context cost: what a server's definitions cost the model that reads them. And which protocol it speaks.
import { PAYLOAD_BYTES } from './buckets.ts'
import type { MetricDefinition } from './metric-definition.ts'

export const CONTEXT_METRICS = {
  toolDefinitionSize: {
    name: 'mcp.tool.definition.size',
    kind: 'gauge',
    unit: 'By',
    integer: true,
    description: "UTF-8 bytes of the JSON of a tool's definition as last listed; 0 once it is no longer listed.",
    attributes: ['toolName'],
    stability: 'development',
  },
  toolsListed: {
    name: 'mcp.tools.listed',
    kind: 'gauge',
    unit: '{tool}',
    integer: true,
    description: 'Tools in the last complete answer to tools/list, of all servers of the process.',
    attributes: [],
    stability: 'development',
  },
  listResponseSize: {
    name: 'mcp.list.response.size',
    kind: 'histogram',
    unit: 'By',
    integer: true,
    description: 'UTF-8 bytes of the JSON of results of list requests; a model reads them in each session.',
    attributes: ['mcpMethod'],
    buckets: PAYLOAD_BYTES,
    stability: 'development',
  },
  serverProtocolInfo: {
    name: 'mcp.server.protocol.info',
    kind: 'gauge',
    unit: '',
    integer: true,
    description: 'Always 1; its labels say which protocol revisions the server has spoken, and with which SDK.',
    attributes: ['serverName', 'protocolVersion', 'sdk'],
    stability: 'development',
  },
} as const satisfies Record<string, MetricDefinition>
