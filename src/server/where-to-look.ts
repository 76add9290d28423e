// Writes the lines at startup that tell the user where the server listens and what to do next.

import { SCOPE } from 'mcp-vitals'
import type { App } from './app.ts'
import type { ServeConfig } from './config.ts'

export function whereToLook(config: ServeConfig, { url, pageUrl, metricsUrl, healthUrl, clusterName }: App): string {
  const lines = [
    `mcp-vitals-server ${SCOPE.version}: ${config.name} serves MCP ${url === undefined ? 'on stdin and stdout' : `at ${url}`}`,
  ]
  if (pageUrl !== undefined) lines.push(`  page     ${pageUrl}`)
  if (metricsUrl !== undefined) lines.push(`  metrics  ${metricsUrl}`)
  if (healthUrl !== undefined) lines.push(`  health   ${healthUrl} (and ${healthUrl.replace(/health$/, 'ready')})`)
  const kind = config.cluster === 'kubeconfig' ? `${clusterName} (kubeconfig)` : clusterName
  lines.push(`  cluster  ${kind}`)
  if (url === undefined) return lines.join('\n')
  const header = config.tokenFile.tokens.length > 0 ? ' --header "Authorization: Bearer $TOKEN"' : ''
  lines.push('Next:', `  claude mcp add --transport http ${config.name} ${url}${header}`)
  lines.push(`  npx mcp-vitals traffic --url ${url}${header && ' --token-file <path>'}`)
  if (metricsUrl !== undefined) lines.push(`  curl -s ${metricsUrl} | grep ^mcp_`)
  return lines.join('\n')
}
