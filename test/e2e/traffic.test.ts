// Tests the traffic command against a running server.
import { describe, expect, it } from 'vitest'
import { runServer, runVitals } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

describe('mcp-vitals traffic', () => {
  it.concurrent('sends every kind of call for --duration, prints rates, fails none, and matches the server', async () => {
    const server = await runServer(['--demo-tools'])
    await untilReady(server)
    const traffic = runVitals(['traffic', '--url', server.url, '--rate', '40', '--duration', '3'])

    expect(await traffic.exited).toBe(0)

    const summary = /(\d+) calls in .*: (\d+) success, (\d+) error, (\d+) cancelled, 0 failed/.exec(traffic.stdout())
    const [, all, success, error, cancelled] = (summary ?? []).map(Number)
    expect(traffic.stdout()).toMatch(/^\d+ s · [\d.]+ calls\/s · success [\d.]+\/s .* p50 .* p95 /m)
    expect(all).toBeGreaterThan(60)
    const made = (error ?? 0) + (success ?? 0) + (cancelled ?? 0)
    let series = await scrapeSeries(server.metricsUrl)
    const total = (status: string) =>
      [...series]
        .filter(([name]) => name.startsWith('mcp_tool_calls_total{') && name.includes(`status="${status}"`))
        .reduce((sum, [, value]) => sum + value, 0)
    const counted = () => total('error') + total('success') + total('cancelled')
    // A busy server may still process the last calls after the client disconnects.
    await waitFor(async () => {
      series = await scrapeSeries(server.metricsUrl)
      return counted() >= made
    }).catch(() => {})
    // At the end, a response can cross with the cancellation of its call. No call is lost or counted twice.
    expect(total('error')).toBeGreaterThanOrEqual(error ?? 0)
    expect(total('success')).toBeGreaterThanOrEqual(success ?? 0)
    expect(counted()).toBe(made)
    expect(total('cancelled')).toBeGreaterThan(0)
    expect(
      series.get('mcp_client_requests_total{client_name="mcp-vitals-traffic",protocol_version="2025-11-25"}'),
    ).toBeGreaterThanOrEqual(all ?? 0)
    expect(series.get('mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}')).toBeGreaterThan(0)
    expect(series.get('mcp_tool_errors_total{error_type="validation_error",tool_name="hello_world"}')).toBeGreaterThan(
      0,
    )
    expect(series.get('mcp_tool_errors_total{error_type="connection_closed",tool_name="demo_slow"}')).toBe(0)
    expect([...series].filter(([name, value]) => name.startsWith('mcp_active_requests') && value !== 0)).toEqual([])
  }, 60_000)

  it.concurrent('prints a summary, ends its session, and exits 0 on SIGINT', async () => {
    const server = await runServer()
    await untilReady(server)
    const traffic = runVitals(['traffic', '--url', server.url, '--rate', '50'])
    await waitFor(() => traffic.stdout().includes('calls/s'))

    traffic.child.kill('SIGINT')

    expect(await traffic.exited).toBe(0)
    expect(traffic.stdout()).toMatch(/\d+ calls in .* 0 failed/)
    const series = await scrapeSeries(server.metricsUrl)
    expect([...series.keys()].some((name) => name.startsWith('mcp_server_session_duration_seconds_count'))).toBe(true)
  }, 60_000)

  it.concurrent('exits 1 with one line when no server answers', async () => {
    const traffic = runVitals(['traffic', '--url', 'http://127.0.0.1:9/mcp', '--duration', '1'])

    expect(await traffic.exited).toBe(1)
    expect(traffic.stderr()).toMatch(/^mcp-vitals: no MCP server answers at http:\/\/127\.0\.0\.1:9\/mcp \(.*\n$/)
  })
})
