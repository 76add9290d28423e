// Compares one run of traffic on every route to Prometheus: names, labels and values must not depend on the route.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../src/index.ts'
import { METRICS, seriesName } from '../../src/index.ts'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { decodeProtobuf } from '../support/collector/otlp-messages.ts'
import type { OtlpTee } from '../support/collector/otlp-tee.ts'
import { startOtlpTee } from '../support/collector/otlp-tee.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'
import type { EverythingServer } from '../support/servers/everything-server.ts'
import { startEverything } from '../support/servers/everything-server.ts'

const parts = useRealParts()

/** Adds types and units as labels, since the Prometheus API returns them only for scraped metrics. */
const SHOWN = { flags: ['type-and-unit-labels'] }
/** A label that an operator's Prometheus adds to a target under the name of one of ours. */
const TARGET = { namespace: 'monitored' }

/** Series that differ between routes, with the reason. */
const BACKEND =
  /^(up|scrape_.*|otelcol_.*|traces_span_metrics_.*|prometheus_.*|alertmanager_.*|ALERTS|ALERTS_FOR_STATE|.*:.*)$/
const MOVES = [
  // They change without calls, so two reads at different times differ on any route.
  /^(process|nodejs|v8js)_/,
  // Each scrape changes the number of scrapes.
  /^mcp_telemetry_scrape_duration_seconds/,
  // Each push changes the time of the last push.
  /^mcp_telemetry_export_last_success_timestamp_seconds/,
]

let server: EverythingServer
let tee: OtlpTee
const routes: Record<'scraped' | 'pushed' | 'forwarded' | 'gathered', RunningPrometheus> = {} as never

beforeAll(async () => {
  routes.pushed = await parts.prometheus({ name: 'pushed', ...SHOWN })
  routes.forwarded = await parts.prometheus({ name: 'forwarded', ...SHOWN })
  const gateway = await parts.gateway(deliverTo(routes.forwarded))
  routes.gathered = await parts.prometheus({ name: 'gathered', gatewayPull: gateway.pull, ...SHOWN })
  const sidecar = await parts.sidecar(gateway.endpoint)
  tee = await startOtlpTee([routes.pushed.otlpUrl, `${sidecar.endpoint}/v1/metrics`])
  server = await startEverything({
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${tee.url}/v1/metrics`,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
  })
  routes.scraped = await parts.prometheus({
    name: 'scraped',
    targets: [{ address: server.scraped ?? '', labels: TARGET }],
    ...SHOWN,
  })
  // The duration of the first scrape is in the second, so all routes are equal for a moment without it.
  const complete = async () => (await routes.scraped.query('mcp_telemetry_scrape_duration_seconds_count')).length > 0
  await waitFor(complete, 30_000, 'the duration of a scrape')
})
afterAll(async () => {
  await server?.stop()
  await tee?.close()
})

type Series = ReadonlyMap<string, number>

async function seriesOf(route: RunningPrometheus, without: readonly string[] = []): Promise<Series> {
  const found = await route.query('{__name__!=""}')
  return new Map(
    found
      .filter(({ labels }) => !BACKEND.test(labels['__name__'] ?? '') && !ownJob(labels))
      .map(({ labels, value }) => [keyOf(labels, without), value]),
  )
}

/** Whether the series comes from the job of a backend. */
function ownJob({ job = '' }: Readonly<Record<string, string>>): boolean {
  return ['prometheus', 'otel-gateway', 'alertmanager'].includes(job)
}

function keyOf(labels: Readonly<Record<string, string>>, without: readonly string[]): string {
  const { __name__: name = '', job: _, instance: __, ...rest } = labels
  const kept = Object.entries(rest)
    .filter(([label]) => !without.includes(label))
    // `target_info` has the type info in OpenMetrics, and no type in OTLP, which has no metric for it.
    .filter(([label]) => !(label === '__type__' && name === 'target_info'))
    .filter(([label, value]) => !(label === 'namespace' && value === TARGET.namespace))
    // A scrape writes a whole bound as a float and a push does not, so no rule may select a whole bound by its text.
    .map(([label, value]) => `${label}="${label === 'le' ? Number(value.replace('Inf', 'Infinity')) : value}"`)
  return `${name}{${kept.sort().join()}}`
}

/** Returns a line for each series that only one side has or whose value differs. */
function differences(scraped: Series, other: Series): string[] {
  const keys = new Set([...scraped.keys(), ...other.keys()])
  return [...keys]
    .filter((key) => {
      const [a, b] = [scraped.get(key), other.get(key)]
      return a === undefined || b === undefined || (a !== b && !MOVES.some((moves) => moves.test(key)))
    })
    .map((key) => `${key}: ${scraped.get(key) ?? 'absent'} scraped, ${other.get(key) ?? 'absent'} here`)
    .sort()
}

/** The number of series that the catalog alone produces. */
const LEAST_SERIES = 300

/** Compares both routes until they have the last values, and returns the remaining differences. */
async function settled(route: RunningPrometheus, without: readonly string[]): Promise<string[]> {
  let found: string[] = ['nothing was compared']
  await waitFor(
    async () => {
      const scraped = await seriesOf(routes.scraped, without)
      found = differences(scraped, await seriesOf(route, without))
      // Both are empty before the first scrape and the first push.
      return scraped.size > LEAST_SERIES && found.length === 0
    },
    30_000,
    'equality',
  ).catch(() => {})
  return found
}

describe('the metrics of each route', () => {
  it.each([
    ['pushed', []],
    ['forwarded', []],
    // The Collector's exporter writes no `# UNIT`, since its names contain the unit. It moves the service name
    // and the instance ID of the resource to job and instance.
    ['gathered', ['__unit__', 'service_name', 'service_instance_id']],
  ] as const)('have the names, labels, types, units and values of scraped metrics when %s', async (route, without) => {
    parts.watch()
    expect(await settled(routes[route], without)).toEqual([])
    const series = await seriesOf(routes[route])
    expect(series.size).toBeGreaterThan(LEAST_SERIES)
  })

  it('include every instrument of the catalog on every route', async () => {
    parts.watch()
    const declared = Object.values<MetricDefinition>(METRICS).map(({ name, unit, kind }) => {
      const series = seriesName(name, unit, kind)
      return kind === 'histogram' ? `${series}_bucket` : series
    })
    for (const [route, prometheus] of Object.entries(routes)) {
      const names = new Set([...(await seriesOf(prometheus)).keys()].map((key) => key.slice(0, key.indexOf('{'))))
      expect({ route, missing: declared.filter((name) => !names.has(name)) }).toEqual({ route, missing: [] })
    }
  })

  it('have the same help text in a scrape, in a scrape of the gateway, and in the pushed bytes', async () => {
    parts.watch()
    const scraped = await helpOf(routes.scraped)
    const gathered = await helpOf(routes.gathered)
    const pushed = new Map(
      decodeProtobuf('metrics', tee.bodies.at(-1) ?? Buffer.alloc(0)).metrics.map(({ name, description }) => [
        name,
        description,
      ]),
    )
    const differing = Object.values<MetricDefinition>(METRICS)
      .map(({ name, unit, kind }) => {
        const family = seriesName(name, unit, kind)
        // OpenMetrics names the family of a counter without `_total`.
        const told = [scraped, gathered].map((help) => help.get(family) ?? help.get(family.replace(/_total$/, '')))
        return [name, pushed.get(name), ...told]
      })
      .filter(([, sent, ...told]) => sent === undefined || sent === '' || told.some((help) => help !== sent))
    expect(differing).toEqual([])
  })
})

async function helpOf(prometheus: RunningPrometheus): Promise<ReadonlyMap<string, string>> {
  const metadata = Object.entries(await prometheus.metadata())
  return new Map(metadata.map(([family, told]) => [family, told.map(({ help }) => help).join(' | ')]))
}
