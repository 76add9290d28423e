// The figures that the page is made of: which OpenTelemetry metrics they come from, and which attributes they keep.
import { METRICS } from '@mcp-vitals/instrumentation'

export interface Figure {
  /** Its name on the page's stream. */
  readonly figure: string
  /** The instrument it is read from. */
  readonly metric: string
  /** Attribute keys that become its labels, in this order. All other attributes are added up. */
  readonly keys: readonly string[]
}

const TOOL = ['tool.name']

export const FIGURES: readonly Figure[] = [
  { figure: 'calls', metric: METRICS.toolCalls.name, keys: [...TOOL, 'status'] },
  { figure: 'errors', metric: METRICS.toolErrors.name, keys: [...TOOL, 'error.type'] },
  { figure: 'duration', metric: METRICS.toolDuration.name, keys: TOOL },
  { figure: 'active', metric: METRICS.activeRequests.name, keys: TOOL },
  { figure: 'queued', metric: METRICS.queueDepth.name, keys: TOOL },
  { figure: 'requestSize', metric: METRICS.requestSize.name, keys: TOOL },
  { figure: 'responseSize', metric: METRICS.responseSize.name, keys: TOOL },
  { figure: 'definitionSize', metric: METRICS.toolDefinitionSize.name, keys: TOOL },
  { figure: 'clients', metric: METRICS.clientRequests.name, keys: ['client.name', 'protocol.version'] },
  { figure: 'connections', metric: METRICS.openConnections.name, keys: ['transport'] },
  { figure: 'openSessions', metric: METRICS.activeSessions.name, keys: [] },
  { figure: 'sessions', metric: METRICS.serverSessionDuration.name, keys: ['mcp.protocol.version'] },
  { figure: 'activeTasks', metric: METRICS.activeTasks.name, keys: TOOL },
  { figure: 'tasks', metric: METRICS.tasks.name, keys: [...TOOL, 'status'] },
  { figure: 'issues', metric: METRICS.issuesDetected.name, keys: ['namespace', 'issue.type', 'severity'] },
  { figure: 'openIssues', metric: METRICS.openIssues.name, keys: ['namespace', 'issue.type', 'severity'] },
  { figure: 'info', metric: METRICS.serverInfo.name, keys: ['server.name', 'version', 'node.version'] },
  { figure: 'series', metric: METRICS.telemetrySeries.name, keys: [] },
  { figure: 'overflowed', metric: METRICS.telemetryOverflowed.name, keys: [] },
  { figure: 'dropped', metric: METRICS.telemetryDropped.name, keys: [] },
  { figure: 'scrapes', metric: METRICS.telemetryScrapeDuration.name, keys: [] },
  { figure: 'exportFailures', metric: METRICS.telemetryExportFailures.name, keys: ['signal'] },
  { figure: 'lastExport', metric: METRICS.telemetryLastExport.name, keys: ['signal'] },
  { figure: 'loopLag', metric: 'nodejs.eventloop.delay.p99', keys: [] },
  { figure: 'loopUse', metric: 'nodejs.eventloop.utilization', keys: [] },
  { figure: 'memory', metric: 'process.memory.usage', keys: [] },
  { figure: 'heap', metric: 'v8js.memory.heap.used', keys: [] },
]

/** By instrument. */
export const FIGURE_OF: ReadonlyMap<string, Figure> = new Map(FIGURES.map((figure) => [figure.metric, figure]))
