import { describe, expect, it } from 'vitest'
import { openPage } from '../support/browser/page-browser.ts'
import { busyPort } from '../support/programs/busy-port.ts'
import { runCli, runVitals } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { conventionsOnly } from '../support/servers/conventions-only.ts'

const START_MS = 90_000

describe('mcp-vitals hub', () => {
  it('shows servers side by side, by OTLP over HTTP and gRPC, protobuf and JSON', { timeout: 400_000 }, async () => {
    const hub = runVitals(['hub', '--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'])
    const said = (pattern: RegExp) => waitFor(() => pattern.exec(hub.stderr())?.[1], START_MS, `${pattern}`)
    const [pageUrl, http, grpc] = [
      await said(/page +(\S+)\n/),
      await said(/HTTP +(\S+)\n/),
      await said(/gRPC +(\S+)\n/),
    ]
    expect(hub.stderr()).toContain('export OTEL_METRIC_EXPORT_INTERVAL=1000')
    const push = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '1000' }
    const serve = (name: string, env: Record<string, string>) =>
      runCli(['serve', '--port', '0', '--name', name], { ...push, ...env })
    const protobuf = serve('by-protobuf', { OTEL_EXPORTER_OTLP_ENDPOINT: http })
    serve('by-grpc', { OTEL_EXPORTER_OTLP_ENDPOINT: grpc, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })
    const json = (calls: number) =>
      fetch(`${http}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: conventionsOnly(calls),
      })
    expect((await json(5)).status).toBe(200)
    const url = await waitFor(() => /serves MCP at (\S+)\n/.exec(protobuf.stderr())?.[1], START_MS)
    runVitals(['traffic', '--url', url, '--rate', '5'])

    const page = await openPage(pageUrl)
    const names = () => page.locator('#filter-server option').allTextContents()
    await waitFor(async () => (await names()).length === 3, START_MS, 'three servers in the selector')
    expect((await names()).sort()).toEqual(['by-grpc', 'by-protobuf', 'weather-py'])

    await page.locator('#filter-server').selectOption({ label: 'by-protobuf' })
    await page.locator('#calls li').first().waitFor({ timeout: START_MS })
    expect(await page.locator('#server').textContent()).toContain('by-protobuf')
    await page.locator('#filter-server').selectOption({ label: 'by-grpc' })
    await page.locator('#server', { hasText: 'by-grpc' }).waitFor({ timeout: START_MS })

    await page.locator('#filter-server').selectOption({ label: 'weather-py' })
    await page.locator('#server', { hasText: 'weather-py' }).waitFor({ timeout: START_MS })
    expect((await json(8)).status).toBe(200)
    await page.locator('#sentence', { hasText: '3 of 12 calls failed' }).waitFor({ timeout: START_MS })
    expect(await page.locator('#tools tbody tr').first().locator('td').first().textContent()).toBe('32')
  })

  it('exits 1 and names the option when a port is taken', { timeout: 120_000 }, async () => {
    const taken = String(await busyPort())
    for (const flag of ['--port', '--otlp-http-port', '--otlp-grpc-port']) {
      const free = ['--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0']
      const hub = runVitals(['hub', ...free, flag, taken])
      expect(await hub.exited, flag).toBe(1)
      expect(hub.stderr(), flag).toContain(`${flag} sets another port`)
    }
  })

  it('refuses what is too long, not OTLP, or from a web page', { timeout: 120_000 }, async () => {
    const hub = runVitals(['hub', '--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'])
    const http = await waitFor(() => /HTTP +(\S+)\n/.exec(hub.stderr())?.[1], START_MS)
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${http}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }).then(({ status }) => status)
    expect(await post('{')).toBe(400)
    expect(await post('{}', { origin: 'http://evil.example' })).toBe(403)
    expect(await post('{}', { 'content-type': 'text/plain' })).toBe(415)
    expect(await post(' '.repeat(5 * 1024 * 1024)).catch(() => 413)).toBe(413)
  })
})
