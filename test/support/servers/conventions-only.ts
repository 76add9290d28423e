// The metrics of a server that only follows OpenTelemetry's conventions for MCP, in whatever language it is written: OTLP as JSON.

/** The request to `/v1/metrics` after four times `calls` calls of the tool `forecast`, a quarter of which failed. */
export function conventionsOnly(calls: number): string {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const point = (count: number, more: readonly object[]) => ({
    attributes: [text('mcp.method.name', 'tools/call'), text('gen_ai.tool.name', 'forecast'), ...more],
    count: String(count),
    sum: count * 0.03,
    explicitBounds: [0.01, 0.05],
    bucketCounts: ['0', String(count), '0'],
  })
  const metrics = [
    {
      name: 'mcp.server.operation.duration',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [point(calls * 3, []), point(calls, [text('error.type', 'tool_error')])],
      },
    },
  ]
  const resource = { attributes: [text('service.name', 'weather-py'), text('service.instance.id', '1')] }
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] })
}
