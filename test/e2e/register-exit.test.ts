// Tests what becomes of the last metrics of a preloaded server when its process ends.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import type { Behaviour } from '../support/collector/otlp-sink.ts'
import { startOtlpSink } from '../support/collector/otlp-sink.ts'
import { runNode } from '../support/programs/run-cli.ts'

const REGISTER = fileURLToPath(new URL('../../src/attach/register.ts', import.meta.url))
const SERVER = fileURLToPath(new URL('../support/servers/preload/exits.mjs', import.meta.url))

/** Calls the tool after the first push, and ends the server's input at once. */
async function callAndEnd(how: 'exit' | 'by-itself', behaviour: Behaviour, env: Record<string, string> = {}) {
  const sink = await startOtlpSink()
  const server = runNode(['--import', REGISTER, SERVER, how], {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
    ...env,
  })
  const session = stdioSession(server.child)
  await openSession(session)
  await sink.behave(behaviour)
  await session.ask('tools/call', { name: 'ok', arguments: {} })
  server.child.stdin.end()
  const endedAt = performance.now()
  const code = await server.exited
  const calls = sink
    .metric('mcp.tool.calls')
    ?.points.find(({ attributes }) => attributes['status'] === 'success')?.value
  await sink.close()
  return { code, calls, ms: performance.now() - endedAt, sink, stderr: server.stderr() }
}

describe.concurrent('mcp-vitals/register', () => {
  it.each([
    ['protobuf', {}],
    ['JSON', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }],
  ])('pushes the last metrics as %s when the program calls process.exit()', async (_, env) => {
    const { code, calls, stderr } = await callAndEnd('exit', 'ok', env)
    expect([code, calls, stderr]).toEqual([3, 1, ''])
  })

  it('sends the headers of the environment, to the endpoint of metrics', async () => {
    const sink = await startOtlpSink()
    const { code } = await callAndEnd('exit', 'ok', {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${sink.endpoint}/v1/metrics`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b',
    })
    expect([code, sink.lastHeaders['x-tenant']]).toEqual([3, 'a b'])
    await sink.close()
  })

  it('pushes them once when the program ends by itself', async () => {
    const { code, calls, sink } = await callAndEnd('by-itself', 'ok')
    expect([code, calls]).toEqual([0, 1])
    // One after the first second, and one at the end.
    expect(sink.received.filter(({ metrics }) => metrics.length > 0).length).toBeLessThanOrEqual(2)
  })

  it.each<Behaviour>(['hang', 'refuse', 'drip'])(
    'ends with the exit code of the program within about half a second when the endpoint is one that does %s',
    async (behaviour) => {
      const { code, ms } = await callAndEnd('exit', behaviour)
      expect(code).toBe(3)
      // 500 ms, and what the process takes to end on a busy machine.
      expect(ms).toBeLessThan(2_000)
    },
  )
})
