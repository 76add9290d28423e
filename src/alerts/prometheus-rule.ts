// The rule files of alerts/ in, one PrometheusRule for the Prometheus Operator out: the same groups, indented, comments and all.
import { readFileSync } from 'node:fs'

/** In the order in which Prometheus is to read them. */
export const RULE_FILES = [
  'recording-rules.yml',
  'mcp-server-alerts.yml',
  'mcp-call-alerts.yml',
  'mcp-slow-alerts.yml',
  'mcp-slo-alerts.yml',
  'mcp-runtime-alerts.yml',
  'mcp-telemetry-alerts.yml',
  'mcp-cluster-alerts.yml',
  'otel-gateway-alerts.yml',
] as const

/** Which rules a Prometheus of the operator takes is a label's to say: see the component `operator-label`. */
const HEAD = `# Written by \`npm run generate\` from alerts/, where the rules are to be edited.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mcp-server-alerts
  labels:
    app.kubernetes.io/name: mcp-server-alerts
    app.kubernetes.io/part-of: mcp-vitals
spec:
  groups:
`

export function prometheusRule(): string {
  return `${HEAD}${RULE_FILES.map(groupsOf).join('\n')}`
}

/** @throws {Error} where a file has no groups, or not as block style at the top. */
function groupsOf(file: string): string {
  const text = readFileSync(new URL(`../../alerts/${file}`, import.meta.url), 'utf8')
  const [, groups] = /^groups:\n([\s\S]+)$/m.exec(text) ?? []
  if (groups === undefined) throw new Error(`alerts/${file} has no groups`)
  return `    # alerts/${file}\n${groups.replace(/^(?=.)/gm, '  ')}`
}
