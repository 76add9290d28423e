// Every metric, written once. Instruments, views, the reference in docs/metrics.md and the tests are derived from this.
import { CONTEXT_METRICS } from './context-metrics.ts'
import { CONVENTION_METRICS } from './convention-metrics.ts'
import { KUBERNETES_METRICS } from './kubernetes-metrics.ts'
import { PROXY_METRICS } from './proxy-metrics.ts'
import { TASK_METRICS } from './task-metrics.ts'
import { TELEMETRY_METRICS } from './telemetry-metrics.ts'
import { TOOL_METRICS } from './tool-metrics.ts'
import { WRAP_METRICS } from './wrap-metrics.ts'

const definitions = {
  ...TOOL_METRICS,
  ...TASK_METRICS,
  ...CONTEXT_METRICS,
  ...CONVENTION_METRICS,
  ...KUBERNETES_METRICS,
  ...WRAP_METRICS,
  ...PROXY_METRICS,
  ...TELEMETRY_METRICS,
}

export type MetricName = keyof typeof definitions
export type MetricDefinitions = typeof definitions

export const METRICS: MetricDefinitions = definitions
