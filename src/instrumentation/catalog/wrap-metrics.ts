// Metrics that only a process around a server can record: how it starts, how it ends, what else it writes.
import { STARTUP_SECONDS } from './buckets.ts'
import type { MetricDefinition } from './metric-definition.ts'

export const WRAP_METRICS = {
  serverExits: {
    name: 'mcp.server.exits',
    kind: 'counter',
    unit: '{exit}',
    integer: true,
    description: 'Exits of a wrapped server, by exit code (128 plus the signal number if a signal ended it).',
    attributes: ['exitCode', 'exitSignal'],
    stability: 'development',
  },
  serverStartup: {
    name: 'mcp.server.startup.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the start of a wrapped server to its first message.',
    attributes: [],
    buckets: STARTUP_SECONDS,
    stability: 'development',
  },
  strayLines: {
    name: 'mcp.stdout.stray_lines',
    kind: 'counter',
    unit: '{line}',
    integer: true,
    description: 'Lines that a wrapped server wrote to stdout and that are not JSON-RPC messages.',
    attributes: [],
    stability: 'development',
  },
} as const satisfies Record<string, MetricDefinition>
