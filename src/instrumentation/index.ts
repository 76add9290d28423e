// The public API of @mcp-vitals/instrumentation. It loads the OpenTelemetry API and nothing else.
import './require-node.ts'

// The catalog: every metric, and the values that its attributes can have.
export type { AttributeDefinition } from './catalog/attributes.ts'
export { ATTRIBUTES } from './catalog/attributes.ts'
export type {
  IssueSeverity,
  IssueType,
  OperationStatus,
  RemediationAction,
  RemediationOutcome,
} from './catalog/kubernetes-values.ts'
export {
  ISSUE_SEVERITIES,
  ISSUE_TYPES,
  REMEDIATION_ACTIONS,
  REMEDIATION_OUTCOMES,
} from './catalog/kubernetes-values.ts'
export type { MetricDefinition } from './catalog/metric-definition.ts'
export type { MetricName } from './catalog/metrics.ts'
export { METRICS } from './catalog/metrics.ts'
export type { Status, ToolErrorKind } from './catalog/outcome-values.ts'
export { ERROR_SIDES, ERROR_TYPES, STATUSES, TOOL_ERROR_KINDS } from './catalog/outcome-values.ts'
export { OTHER, OVERFLOW_ATTRIBUTE, SERIES_LIMIT } from './catalog/overflow.ts'
export { SCOPE } from './catalog/scope.ts'
export type { SeriesKind } from './catalog/series.ts'
export { labelName, seriesName, seriesUnit } from './catalog/series.ts'
// Servers and clients of the MCP SDKs.
export { instrumentMcpClient } from './in-process/mcp-client.ts'
export { instrumentMcpServer } from './in-process/mcp-server.ts'
// Errors that tools throw on purpose.
export { ToolError } from './outcome/tool-error.ts'
export type { AuditedChange, AuditLevel, AuditRecord } from './record/audit.ts'
export { auditRefusedCredentials, setAudit } from './record/audit.ts'
// What only the program's own code can record.
export type { DefinedMetrics, MetricSpec } from './record/define-metrics.ts'
export { defineMetrics } from './record/define-metrics.ts'
export type { FetchHandlerOptions } from './record/instrument-fetch-handler.ts'
export { instrumentFetchHandler } from './record/instrument-fetch-handler.ts'
export type { HttpHandlerOptions } from './record/instrument-http-handler.ts'
export { instrumentHttpHandler } from './record/instrument-http-handler.ts'
export type { Instrument, Instruments } from './record/instruments.ts'
export { followMeterProvider, holdUntilReady, instruments, setMeterProvider } from './record/instruments.ts'
export { resetLabels } from './record/label-state.ts'
export type { ConcurrencyLimit, ConcurrencyOptions } from './record/limit-concurrency.ts'
export { limitConcurrency } from './record/limit-concurrency.ts'
export {
  recordClusterPods,
  recordIssueDetected,
  recordKubernetesOperation,
  recordOpenIssues,
  recordPodDiagnosis,
  recordRemediation,
} from './record/record-kubernetes.ts'
export { reportOnce } from './record/report-once.ts'
export type { CacheTracker } from './record/track-cache.ts'
export { trackCache } from './record/track-cache.ts'
export { trackConnection, trackConnections } from './record/track-connections.ts'
export type { HttpRequestFacts, SentRequest } from './record/track-http-request.ts'
export { trackHttpRequest } from './record/track-http-request.ts'
export type { TrackToolOptions } from './record/track-tool.ts'
export { trackTool } from './record/track-tool.ts'
export type { Trust } from './record/trust.ts'
export { setTrust } from './record/trust.ts'
export { setClients } from './wire/client-name.ts'
export type { InstrumentOptions, ToolOptions } from './wire/instrument-options.ts'
export type { Captured } from './wire/operation-span.ts'
