// Tests hostile metrics against a real Prometheus, which drops all of a target for one invalid line.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTENT_TYPES } from '../../src/telemetry/scrape/exposition.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { Measurement } from '../support/telemetry/hostile-metrics.ts'
import { hostileRuns, MEASUREMENTS, record } from '../support/telemetry/hostile-metrics.ts'
import { createMetricsPipeline } from '../support/telemetry/metrics-pipeline.ts'

const parts = useRealParts()

const EXPOSITIONS = 1_000
/** A new seed for each run. The title shows it, so that you can reproduce a failure. */
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const sampled = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
})

/** Every second exposition uses the older format. */
function formatOf(number: number) {
  return number % 2 === 0 ? 'openmetrics' : 'text'
}

async function expositionOf(measurements: readonly Measurement[], number: number): Promise<string> {
  const pipeline = createMetricsPipeline()
  const canary = pipeline.provider.getMeter('mcp-vitals').createCounter('canary')
  for (const [index, hostile] of measurements.entries()) {
    context.with(sampled, () => record(pipeline.provider.getMeter(index % 2 === 0 ? 'one' : 'other'), hostile))
    canary.add(1, {}, sampled)
  }
  return pipeline.text(formatOf(number))
}

describe('the exposition', () => {
  it(`is valid to a real Prometheus for each of 1,000 hostile inputs (SEED=${seed})`, async () => {
    parts.watch()
    const expositions: string[] = []
    for (const measurements of fc.sample(hostileRuns, { numRuns: EXPOSITIONS, seed })) {
      expositions.push(await expositionOf(measurements, expositions.length))
    }
    const server = createServer((request, response) => {
      const number = Number(new URL(request.url ?? '', 'http://x').searchParams.get('number'))
      response.writeHead(200, { 'content-type': CONTENT_TYPES[formatOf(number)] }).end(expositions[number])
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const targets = expositions.map((_, number) => ({
      address,
      labels: { number: String(number), __param_number: String(number) },
    }))
    const prometheus = await parts.prometheus({ targets, scrapeInterval: '5s' })

    const ups = 'up{job="mcp-hello-server-metrics"}'
    await waitFor(
      async () => (await prometheus.value(`count(canary_total == ${MEASUREMENTS})`)) === EXPOSITIONS,
      60_000,
      'all canaries',
    ).catch(() => {})
    const refused = await prometheus.query(`${ups} != 1`)
    for (const { labels } of refused.slice(0, 3)) {
      const { activeTargets } = (await prometheus.get('/api/v1/targets?state=active')) as {
        activeTargets: { labels: Record<string, string>; lastError: string }[]
      }
      console.error(activeTargets.find((target) => target.labels['number'] === labels['number'])?.lastError)
    }
    expect(refused.map(({ labels }) => labels['number'])).toEqual([])
    expect(await prometheus.value(`count(min_over_time(${ups}[5m]) == 1)`)).toBe(EXPOSITIONS)
    expect(await prometheus.value(`count(canary_total == ${MEASUREMENTS})`)).toBe(EXPOSITIONS)
    server.close()
    server.closeAllConnections()
  })
})
