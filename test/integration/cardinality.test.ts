import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { metrics } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../src/index.ts'
import { defineMetrics, instrumentMcpServer, startTelemetry } from '../../src/index.ts'
import { linkedClient } from '../support/clients/linked-client.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

const SCRAPES = 50
const PER_SCRAPE = 2000

let telemetry: Telemetry
beforeEach(async () => {
  telemetry = await startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
})
afterEach(() => telemetry.shutdown())

async function scrape(): Promise<{ samples: ReadonlyMap<string, number>; bytes: number }> {
  const text = await (await fetch(telemetry.metricsUrl ?? '')).text()
  return { samples: parseSamples(text), bytes: text.length }
}

const seriesOf = (samples: ReadonlyMap<string, number>, name: string) =>
  [...samples.keys()].filter((sample) => sample.startsWith(`${name}{`) || sample === name)

const sum = (samples: ReadonlyMap<string, number>, name: string) =>
  seriesOf(samples, name).reduce((total, sample) => total + (samples.get(sample) ?? 0), 0)

describe('instrumentMcpServer', () => {
  it('counts the calls of 100,000 hallucinated tool names exactly in one series, over 50 scrapes', async () => {
    const server = instrumentMcpServer(new McpServer({ name: 'few-tools', version: '1' }))
    server.registerTool('real', {}, () => ({ content: [] }))
    const client = await linkedClient(server)
    const first = await scrape()

    for (let round = 1; round <= SCRAPES; round += 1) {
      await Promise.all(
        Array.from({ length: PER_SCRAPE }, (_, call) => client.callTool({ name: `invented_${round}_${call}` })),
      )
      const { samples, bytes } = await scrape()
      expect(seriesOf(samples, 'mcp_tool_calls_total')).toEqual(seriesOf(first.samples, 'mcp_tool_calls_total'))
      expect(samples.get('mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}')).toBe(
        round * PER_SCRAPE,
      )
      // In addition to the tool's own series, only series of new methods and codes can appear.
      expect(samples.size - first.samples.size).toBeLessThan(150)
      expect(bytes).toBeLessThan(200_000)
    }
    await client.close()
  }, 180_000)
})

describe('defineMetrics', () => {
  it('keeps 100,000 values of an attribute over 50 scrapes within its limit, with an exact total', async () => {
    const shop = defineMetrics({
      orders: {
        name: 'shop.orders',
        kind: 'counter',
        unit: '{order}',
        description: 'Orders placed.',
        attributes: { customer: { limit: 100 } },
      },
    })

    for (let round = 1; round <= SCRAPES; round += 1) {
      for (let order = 0; order < PER_SCRAPE; order += 1)
        shop.orders.record(1, { customer: `customer_${round}_${order}` })
      const { samples } = await scrape()
      expect(seriesOf(samples, 'shop_orders_total').length).toBeLessThanOrEqual(101)
      expect(sum(samples, 'shop_orders_total')).toBe(round * PER_SCRAPE)
    }
  })
})

describe('startTelemetry', () => {
  it('keeps 100,000 attribute values of a foreign instrument within 2,000 series, with an exact total', async () => {
    const counter = metrics.getMeter('somebody else').createCounter('their.requests')

    for (let round = 1; round <= SCRAPES; round += 1) {
      for (let request = 0; request < PER_SCRAPE; request += 1) counter.add(1, { user: `user_${round}_${request}` })
      const { samples } = await scrape()
      expect(seriesOf(samples, 'their_requests_total').length).toBeLessThanOrEqual(2000)
      expect(sum(samples, 'their_requests_total')).toBe(round * PER_SCRAPE)
    }
    const { samples } = await scrape()
    expect(samples.get('their_requests_total{otel_metric_overflow="true"}')).toBe(100_000 - 1999)
    expect(samples.get('mcp_telemetry_measurements_overflowed_total')).toBe(100_000 - 1999)
  })
})
