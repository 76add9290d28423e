import { expect, test } from 'vitest'
import { runCli, runServer } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

test.concurrent('it makes calls of every kind until its time is over, shows their rates, and leaves no fault of its own', async () => {
  const server = await runServer(['--demo-tools'])
  await untilReady(server)
  const traffic = runCli(['traffic', '--url', server.url, '--rate', '40', '--duration', '3'])

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
  // A server that is busy may still have the last calls before it when their client is gone.
  await waitFor(async () => {
    series = await scrapeSeries(server.metricsUrl)
    return counted() >= made
  }).catch(() => {})
  // An answer of either kind may cross with the cancellation of its call at the end; no call is lost or counted twice.
  expect(total('error')).toBeGreaterThanOrEqual(error ?? 0)
  expect(total('success')).toBeGreaterThanOrEqual(success ?? 0)
  expect(counted()).toBe(made)
  expect(total('cancelled')).toBeGreaterThan(0)
  expect(
    series.get('mcp_client_requests_total{client_name="mcp-vitals-traffic",protocol_version="2025-11-25"}'),
  ).toBeGreaterThanOrEqual(all ?? 0)
  expect(series.get('mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}')).toBeGreaterThan(0)
  expect(series.get('mcp_tool_errors_total{error_type="validation_error",tool_name="hello_world"}')).toBeGreaterThan(0)
  expect(series.get('mcp_tool_errors_total{error_type="connection_closed",tool_name="demo_slow"}')).toBe(0)
  expect([...series].filter(([name, value]) => name.startsWith('mcp_active_requests') && value !== 0)).toEqual([])
}, 60_000)

test.concurrent('it stops on Ctrl-C with a summary, and ends its session', async () => {
  const server = await runServer()
  await untilReady(server)
  const traffic = runCli(['traffic', '--url', server.url, '--rate', '50'])
  await waitFor(() => traffic.stdout().includes('calls/s'))

  traffic.child.kill('SIGINT')

  expect(await traffic.exited).toBe(0)
  expect(traffic.stdout()).toMatch(/\d+ calls in .* 0 failed/)
  const series = await scrapeSeries(server.metricsUrl)
  expect([...series.keys()].some((name) => name.startsWith('mcp_server_session_duration_seconds_count'))).toBe(true)
}, 60_000)

test.concurrent('where no server answers it says so in one line, with exit code 1', async () => {
  const traffic = runCli(['traffic', '--url', 'http://127.0.0.1:9/mcp', '--duration', '1'])

  expect(await traffic.exited).toBe(1)
  expect(traffic.stderr()).toMatch(/^mcp-vitals: no MCP server answers at http:\/\/127\.0\.0\.1:9\/mcp \(.*\n$/)
})
