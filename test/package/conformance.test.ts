// Runs the MCP project's own conformance suite against the same server, bare and instrumented: the results must be the same, and
// every request of the suite must be counted.
import { SpanKind } from '@opentelemetry/api'
import { beforeAll, describe, expect, it } from 'vitest'
import { instrumentMcpServer, startTelemetry } from '../../src/index.ts'
import { startFixtureServer } from '../support/servers/conformance/fixture-server.ts'
import type { Check } from '../support/servers/conformance/run-suite.ts'
import { runConformanceSuite } from '../support/servers/conformance/run-suite.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'
import { recordSpans } from '../support/telemetry/recorded-spans.ts'

/** The suite requires these for a protocol version (2025-03-26) to which the SDK does not send them. */
const BEYOND_THE_SDK = ['server-sse-priming-event', 'server-sse-retry-field']

async function conformance(instrument?: Parameters<typeof startFixtureServer>[0]) {
  const server = await startFixtureServer(instrument)
  try {
    return { ...(await runConformanceSuite(server.url)), posted: server.posted }
  } finally {
    await server.close()
  }
}

let bare: Awaited<ReturnType<typeof conformance>>
beforeAll(async () => {
  bare = await conformance()
})

describe('MCP conformance suite', () => {
  it('passes on the bare server', () => {
    expect(bare.exitCode, bare.output).toBe(0)
    expect(bare.checks.filter(({ status }) => status !== 'SUCCESS').map(({ id }) => id)).toEqual(BEYOND_THE_SDK)
    expect(new Set(bare.checks.map(({ scenario }) => scenario)).size).toBe(32)
    expect(bare.checks.length - BEYOND_THE_SDK.length).toBe(45)
    expect(sum(bare.posted.byMethod)).toBeGreaterThan(60)
  })

  it('passes the same checks on the instrumented server, which counts every request', async () => {
    const telemetry = await startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
    try {
      const observed = await conformance((server) => instrumentMcpServer(server))
      expectTheSame(observed)

      const samples = parseSamples(await (await fetch(String(telemetry.metricsUrl))).text())
      const { byMethod, byTool } = observed.posted
      expect(sum(sumBy(samples, 'mcp_client_requests_total', 'client_name'))).toBe(sum(byMethod))
      expect(sum(sumBy(samples, 'mcp_tool_calls_total', 'status'))).toBe(byMethod.get('tools/call'))
      expect(without0(sumBy(samples, 'mcp_tool_calls_total', 'tool_name'))).toEqual(byTool)
      expect(sum(sumBy(samples, 'mcp_active_requests', 'tool_name'))).toBe(0)
      expect(without0(sumBy(samples, 'mcp_tool_errors_total', 'tool_name'))).toEqual(
        new Map([['test_error_handling', 1]]),
      )
      const operations = sumBy(samples, 'mcp_server_operation_duration_seconds_count', 'mcp_method_name')
      expect(requestsAmong(operations)).toEqual(byMethod)
    } finally {
      await telemetry.shutdown()
    }
  })

  it('passes the same checks on the traced server, whose own messages carry the trace', async () => {
    const spans = recordSpans()
    const observed = await conformance((server) => instrumentMcpServer(server))
    const carried = /"_meta":{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-01"},/g
    expectTheSame(observed, carried)
    // The suite records the messages that it gets: three log lines and three progress steps.
    expect(JSON.stringify(observed.checks).match(carried)).toHaveLength(6)

    const served = new Map<string, number>()
    const methods = spans.all().filter(({ kind }) => kind === SpanKind.SERVER)
    for (const { attributes } of methods) add(served, String(attributes['mcp.method.name']), 1)
    expect(requestsAmong(served)).toEqual(observed.posted.byMethod)
    const asked = spans.all().filter(({ kind, name }) => kind === SpanKind.CLIENT && !name.startsWith('notifications/'))
    expect(asked.map(({ name }) => name).sort()).toEqual([
      ...Array(3).fill('elicitation/create'),
      'sampling/createMessage',
    ])
  })
})

/**
 * Expects the same results of the same checks, down to the details that the suite recorded.
 *
 * @param added What instrumentation may add to messages.
 */
function expectTheSame(observed: typeof bare, added?: RegExp): void {
  expect(observed.exitCode, observed.output).toBe(0)
  expect(comparable(observed.checks, added)).toEqual(comparable(bare.checks))
  expect(observed.posted).toEqual(bare.posted)
}

function comparable(checks: readonly Check[], added: RegExp | string = '') {
  return checks.map(({ scenario, id, status, errorMessage, details = {} }) => ({
    scenario,
    id,
    status,
    errorMessage,
    // Ids of streams depend on the order of arrival. In the others, only the port differs.
    details: id.startsWith('server-sse-')
      ? undefined
      : JSON.stringify(details)
          .replaceAll(/127\.0\.0\.1:\d+/g, 'local')
          .replaceAll(added, ''),
  }))
}

function sumBy(samples: ReadonlyMap<string, number>, name: string, label: string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [series, value] of samples) {
    if (!series.startsWith(`${name}{`)) continue
    add(sums, series.match(new RegExp(`[{,]${label}="([^"]*)"`))?.[1] ?? '', value)
  }
  return sums
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value)
}

const sum = (values: ReadonlyMap<string, number>) => [...values.values()].reduce((total, value) => total + value, 0)

const without0 = (values: ReadonlyMap<string, number>) => new Map([...values].filter(([, value]) => value !== 0))

const requestsAmong = (values: ReadonlyMap<string, number>) =>
  new Map([...without0(values)].filter(([method]) => !method.startsWith('notifications/')))
