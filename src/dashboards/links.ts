// Where one comes from one dashboard to another: the links at the top, which keep all variables and the time, and the ones on
// a name in a panel, which narrow the other dashboard to it.
import type { DashboardLink, DataLink } from './classic-json.ts'

/** uid → title. The uids are part of addresses that people keep, and that alerts lead to. */
export const UIDS = {
  'mcp-server': 'MCP Server Metrics',
  'mcp-tool': 'MCP Tool',
  'mcp-platform': 'MCP Platform',
  'mcp-kubernetes': 'MCP Kubernetes',
  'mcp-telemetry': 'MCP Telemetry',
} as const
export type Uid = keyof typeof UIDS

export function dashboardLinks(from: Uid): DashboardLink[] {
  return (Object.keys(UIDS) as Uid[])
    .filter((uid) => uid !== from)
    .map((uid) => ({
      type: 'link',
      title: UIDS[uid],
      tooltip: 'With the variables and the time of this one',
      url: `/d/${uid}`,
      icon: 'dashboard',
      keepTime: true,
      includeVars: true,
      targetBlank: false,
      asDropdown: false,
      tags: [],
    }))
}

/** What narrows every dashboard; a variable that is to be set by the link itself is left out. */
const KEPT = ['datasource', 'cluster', 'job', 'instance']

/**
 * To another dashboard, narrowed to the value of a label of the line that was clicked, or to the text of the cell.
 *
 * @example drillDown('mcp-tool', 'tool', { label: 'tool_name' })
 */
export function drillDown(uid: Uid, variable: string, from: { readonly label: string } | 'cell'): DataLink {
  const value = from === 'cell' ? '__value.text' : `__field.labels.${from.label}`
  const kept = KEPT.filter((name) => name !== variable).map((name) => `\${${name}:queryparam}`)
  return {
    title: `${UIDS[uid]}: \${${value}}`,
    url: `/d/${uid}?${[...kept, `var-${variable}=\${${value}:percentencode}`].join('&')}&\${__url_time_range}`,
  }
}
