// Records beside four scrapers, and compares every scrape and the totals with what was recorded. 200,000 recordings here; more with
// MCP_VITALS_RECORDINGS=2000000.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { metrics, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterAll, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../../../src/index.ts'
import { defineMetrics, startTelemetry } from '../../../../src/index.ts'
import { parseSamples } from '../../../support/telemetry/recorded-series.ts'

const RECORDINGS = Number(process.env['MCP_VITALS_RECORDINGS'] ?? 200_000)
const SCRAPERS = 4
const TOOLS = 50
const REGIONS = 20

let telemetry: Telemetry | undefined
afterAll(() => telemetry?.shutdown())

/** The sum of all samples of one name. */
function total(samples: ReadonlyMap<string, number>, name: string): number {
  let sum = 0
  for (const [sample, value] of samples) if (sample === name || sample.startsWith(`${name}{`)) sum += value
  return sum
}

describe('the meter provider of startTelemetry', () => {
  it(`counts each of ${RECORDINGS} recordings while ${SCRAPERS} scrapers read, in every scrape more than before`, async () => {
    metrics.disable()
    telemetry = await startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
    const { exact } = defineMetrics({
      exact: {
        name: 'exact.calls',
        kind: 'counter',
        unit: '{call}',
        description: 'Calls.',
        attributes: { tool: { limit: TOOLS } },
      },
    })
    const bound = Array.from({ length: TOOLS }, (_, tool) => exact.bind({ tool: `tool_${tool}` }))
    const duration = metrics
      .getMeter('exact')
      .createHistogram('exact.duration', { advice: { explicitBucketBoundaries: [1, 5, 10] } })
    const { metricsUrl = '' } = telemetry
    const scrape = async () => parseSamples(await (await fetch(metricsUrl)).text())
    let recorded = 0
    let isDone = false
    let scrapes = 0

    const scrapeOn = async () => {
      let calls = 0
      let counts = 0
      while (!isDone) {
        const before = recorded
        const samples = await scrape()
        const [callsNow, countsNow] = [total(samples, 'exact_calls_total'), total(samples, 'exact_duration_count')]
        expect(callsNow).toBeGreaterThanOrEqual(Math.max(calls, before))
        expect(callsNow).toBeLessThanOrEqual(recorded)
        expect(countsNow).toBeGreaterThanOrEqual(counts)
        // Each series agrees with itself: its last bucket has all that it counts.
        for (const [sample, count] of samples) {
          if (!sample.startsWith('exact_duration_count')) continue
          const last = sample.replace('_count', '_bucket').replace(/\}$/, ',le="+Inf"}')
          expect(samples.get(last), last).toBe(count)
        }
        calls = callsNow
        counts = countsNow
        scrapes += 1
      }
    }
    const scrapers = Array.from({ length: SCRAPERS }, scrapeOn)
    while (recorded < RECORDINGS) {
      for (let one = 0; one < 2_000; one += 1) {
        const tool = recorded % TOOLS
        bound[tool]?.record(1, ROOT_CONTEXT)
        duration.record(recorded % 12, { tool: `tool_${tool}`, region: `region_${recorded % REGIONS}` })
        recorded += 1
      }
      await nextTurn()
    }
    isDone = true
    await Promise.all(scrapers)

    const samples = await scrape()
    let sum = 0
    for (let one = 0; one < RECORDINGS; one += 1) sum += one % 12
    expect(total(samples, 'exact_calls_total')).toBe(RECORDINGS)
    expect(total(samples, 'exact_duration_count')).toBe(RECORDINGS)
    expect(total(samples, 'exact_duration_sum')).toBe(sum)
    expect(scrapes).toBeGreaterThanOrEqual(SCRAPERS)
  }, 600_000)
})
