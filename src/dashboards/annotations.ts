// Marks firing alerts and server starts on all graphs of a dashboard.
import type { Annotation } from './classic-json.ts'
import { DATASOURCE } from './classic-json.ts'
import { selecting } from './queries.ts'
import type { Narrowing } from './variables.ts'

/** Alerts that do not report a fault. */
const ALWAYS = 'Watchdog|InfoInhibitor'

/** The firing alerts of the selected jobs, and those without a job label. */
export const FIRING = selecting([])('alerts', `alertstate="firing", alertname!~"${ALWAYS}", job=~"$job|"`)

export function annotations(narrowing: readonly Narrowing[]): Annotation[] {
  const cpu = selecting(narrowing)('processCpu')
  const came = `(count by (job, instance) (${cpu}) unless count by (job, instance) (${cpu} offset $__rate_interval))`
  // The CPU time of a restarted process starts at 0 again, on both routes.
  const again = `(sum by (job, instance) (resets(${cpu}[$__rate_interval])) > 0)`
  return [
    {
      builtIn: 1,
      type: 'dashboard',
      name: 'Annotations & Alerts',
      datasource: { type: 'grafana', uid: '-- Grafana --' },
      enable: true,
      hide: true,
      iconColor: 'rgba(0, 211, 255, 1)',
    },
    {
      name: 'Firing alerts',
      datasource: DATASOURCE,
      enable: true,
      hide: false,
      iconColor: 'red',
      expr: FIRING,
      titleFormat: '{{alertname}}',
      textFormat: '{{severity}} {{job}} {{instance}}',
      tagKeys: 'severity',
      step: '30s',
    },
    {
      name: 'Starts',
      datasource: DATASOURCE,
      enable: true,
      hide: false,
      iconColor: 'blue',
      expr: `${came} or ${again}`,
      titleFormat: 'Started',
      textFormat: '{{job}} {{instance}}',
      tagKeys: 'job',
      step: '30s',
    },
  ]
}
