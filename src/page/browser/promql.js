// @ts-check
// The PromQL of each figure, with the tool that is filtered for.

/** @typedef {'rate' | 'failed' | 'fault' | 'p95' | 'inFlight' | 'status' | 'latency' | 'causes' | 'runtime'} Figure */

/** @param {Figure} figure @param {string} tool @param {readonly string[]} callerFaults */
export function promqlOf(figure, tool, callerFaults) {
  const by = tool === '' ? '' : `tool_name=${quoted(tool)}`
  const only = by === '' ? '' : `{${by}}`
  const also = by === '' ? '' : `,${by}`
  const judged = `sum(rate(mcp_tool_calls_total{status=~"success|error"${also}}[1m]))`
  /** @type {Readonly<Record<Figure, string>>} */
  const queries = {
    rate: `sum(rate(mcp_tool_calls_total${only}[1m]))`,
    failed: `sum(rate(mcp_tool_calls_total{status="error"${also}}[1m])) / ${judged}`,
    fault: `sum(rate(mcp_tool_errors_total{error_type!~"${callerFaults.join('|')}"${also}}[1m])) / ${judged}`,
    p95: `histogram_quantile(0.95, sum by (le) (rate(mcp_tool_duration_seconds_bucket${only}[1m])))`,
    inFlight: `sum(mcp_active_requests${only})`,
    status: `sum by (status) (rate(mcp_tool_calls_total${only}[1m]))`,
    latency: `sum by (le) (increase(mcp_tool_duration_seconds_bucket${only}[1m]))`,
    causes: `topk(10, sum by (tool_name, error_type) (increase(mcp_tool_errors_total${only}[15m])))`,
    runtime: 'nodejs_eventloop_delay_p99_seconds',
  }
  return queries[figure]
}

/** @param {string} text */
function quoted(text) {
  return JSON.stringify(text)
}
