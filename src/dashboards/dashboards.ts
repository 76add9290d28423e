// Lists every dashboard with its file name.
import type { Dashboard } from './classic-json.ts'
import { kubernetesDashboard } from './kubernetes-dashboard.ts'
import { platformDashboard } from './platform-dashboard.ts'
import { serverDashboard } from './server-dashboard.ts'
import { telemetryDashboard } from './telemetry-dashboard.ts'
import { toolDashboard } from './tool-dashboard.ts'

export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  'mcp-server-dashboard': serverDashboard,
  'mcp-tool-dashboard': toolDashboard,
  'mcp-platform-dashboard': platformDashboard,
  'mcp-kubernetes-dashboard': kubernetesDashboard,
  'mcp-telemetry-dashboard': telemetryDashboard,
}
