// Builds the links between dashboards. They keep the variables and the time range.
import type { DashboardLink, DataLink } from './classic-json.ts'

/** uid → title. The uids are part of URLs in bookmarks and alerts. */
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

/** The variables of every dashboard, without the one that the link sets. */
const KEPT = ['datasource', 'cluster', 'job', 'instance']

/**
 * Links to another dashboard and narrows it to a label value of the clicked line, or to the text of the cell.
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
