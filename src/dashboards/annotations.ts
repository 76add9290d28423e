// What is marked on all graphs of a dashboard: alerts while they fire, and servers as they start.
import type { Annotation } from './classic-json.ts'
import { DATASOURCE } from './classic-json.ts'
import { selecting } from './queries.ts'
import type { Narrowing } from './variables.ts'

/** Alerts that always fire, to show that alerting works. */
const ALWAYS = 'Watchdog|InfoInhibitor'

/** The alerts of the jobs that were chosen, and those that are about no job, such as an absent one. */
export const FIRING = selecting([])('alerts', `alertstate="firing", alertname!~"${ALWAYS}", job=~"$job|"`)

export function annotations(narrowing: readonly Narrowing[]): Annotation[] {
  const cpu = selecting(narrowing)('processCpu')
  const came = `(count by (job, instance) (${cpu}) unless count by (job, instance) (${cpu} offset $__rate_interval))`
  // A restarted process counts its CPU time from 0 again, on the pull and on the push route alike.
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
