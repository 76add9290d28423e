// Tests a gateway with TLS and a bearer token, as it runs beyond loopback, and a sidecar that uses both.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../support/collector/loopback-certificate.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { startEverything } from '../support/servers/everything-server.ts'

const parts = useRealParts()
const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-guarded-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const certFile = file('cert.pem', LOOPBACK_CERTIFICATE)
const keyFile = file('key.pem', LOOPBACK_KEY)
const tokenFile = file('token', 'the-right-one')
const env = { GATEWAY_TLS_CERT: certFile, GATEWAY_TLS_KEY: keyFile, GATEWAY_TOKEN_FILE: tokenFile }

describe('the guarded gateway', () => {
  it('accepts metrics from a sidecar with the token, and none with another token or without TLS', async () => {
    parts.watch()
    const prometheus = await parts.prometheus()
    const gateway = await parts.gateway({ ...deliverTo(prometheus), ...env }, ['otel/gateway-guarded.yaml'])
    const address = gateway.endpoint.replace('http:', 'https:').replace('127.0.0.1', 'localhost')
    const sidecar = await parts.sidecar(address, { GATEWAY_TOKEN_FILE: tokenFile, GATEWAY_CA: certFile }, [
      'otel/sidecar-guarded.yaml',
    ])
    const stranger = await parts.sidecar(
      address,
      { GATEWAY_TOKEN_FILE: file('wrong', 'another'), GATEWAY_CA: certFile },
      ['otel/sidecar-guarded.yaml'],
    )
    const push = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '500' }
    const known = await startEverything({
      ...push,
      OTEL_SERVICE_NAME: 'known',
      OTEL_EXPORTER_OTLP_ENDPOINT: sidecar.endpoint,
    })
    const unknown = await startEverything({
      ...push,
      OTEL_SERVICE_NAME: 'unknown',
      OTEL_EXPORTER_OTLP_ENDPOINT: stranger.endpoint,
    })
    const bare = await startEverything({
      ...push,
      OTEL_SERVICE_NAME: 'bare',
      OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint,
    })
    try {
      await waitFor(
        async () => (await prometheus.query('mcp_tool_calls_total{job="known"}')).length > 0,
        20_000,
        'arrival',
      )
      await waitFor(() => /40[13]|Unauthorized/.test(stranger.log()), 20_000, 'the refusal of another token')
      await waitFor(() => bare.stderr().includes('OTLP export of metrics'), 20_000, 'the refusal without TLS')
      expect(await prometheus.query('{job=~"unknown|bare"}')).toEqual([])
    } finally {
      await Promise.all([known.stop(), unknown.stop(), bare.stop()])
    }
  })
})
