// One process, one run of traffic, every route into a Prometheus: nothing that a dashboard or an alert selects by may differ.
import { afterAll, beforeAll, expect, test } from 'vitest'
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

/** Types and units as labels, since Prometheus's API tells those of scraped metrics only. */
const SHOWN = { flags: ['type-and-unit-labels'] }
/** What an operator's Prometheus adds to a target, under the name of a label of ours. */
const TARGET = { namespace: 'monitored' }

/** What is not the same on every route, each with its reason. */
const BACKEND =
  /^(up|scrape_.*|otelcol_.*|traces_span_metrics_.*|prometheus_.*|alertmanager_.*|ALERTS|ALERTS_FOR_STATE|.*:.*)$/
const MOVES = [
  // They change while nobody calls: two looks at different moments differ, whichever way they go.
  /^(process|nodejs|v8js)_/,
  // A scrape changes how many scrapes there were.
  /^mcp_telemetry_scrape_duration_seconds/,
  // A push changes when the last one was.
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

/** What a Prometheus scrapes of itself and of the Collector. */
function ownJob({ job = '' }: Readonly<Record<string, string>>): boolean {
  return ['prometheus', 'otel-gateway', 'alertmanager'].includes(job)
}

function keyOf(labels: Readonly<Record<string, string>>, without: readonly string[]): string {
  const { __name__: name = '', job: _, instance: __, ...rest } = labels
  const kept = Object.entries(rest)
    .filter(([label]) => !without.includes(label))
    // The resource is an info to OpenMetrics, and of no type to OTLP, which has no metric for it.
    .filter(([label]) => !(label === '__type__' && name === 'target_info'))
    .filter(([label, value]) => !(label === 'namespace' && value === TARGET.namespace))
    // A scraped bound is written as a float, a pushed whole one is not: no rule may select a whole bound by its text.
    .map(([label, value]) => `${label}="${label === 'le' ? Number(value.replace('Inf', 'Infinity')) : value}"`)
  return `${name}{${kept.sort().join()}}`
}

/** A line for each series that only one side has, or whose value differs. */
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

/** What the catalog alone comes to. */
const LEAST_SERIES = 300

/** The routes are looked at over and over until both have had the last values. */
async function settled(route: RunningPrometheus, without: readonly string[]): Promise<string[]> {
  let found: string[] = ['nothing was compared']
  await waitFor(
    async () => {
      const scraped = await seriesOf(routes.scraped, without)
      found = differences(scraped, await seriesOf(route, without))
      // Before the first scrape and the first push both are empty.
      return scraped.size > LEAST_SERIES && found.length === 0
    },
    30_000,
    'equality',
  ).catch(() => {})
  return found
}

test.each([
  ['pushed', []],
  ['forwarded', []],
  // The Collector's exporter writes no `# UNIT` (its names say the unit, as all others do), and has of the resource in job and
  // instance what identifies it.
  ['gathered', ['__unit__', 'service_name', 'service_instance_id']],
] as const)('what is %s has the names, labels, types, units and values of what is scraped', async (route, without) => {
  parts.watch()
  expect(await settled(routes[route], without)).toEqual([])
  const series = await seriesOf(routes[route])
  expect(series.size).toBeGreaterThan(LEAST_SERIES)
})

test('every instrument of the catalog takes part, on every route', async () => {
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

test('help is the same where it is told: to who scrapes, to who scrapes the gateway, and in the bytes that are pushed', async () => {
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
      // OpenMetrics has a counter's family by its name without `_total`.
      const told = [scraped, gathered].map((help) => help.get(family) ?? help.get(family.replace(/_total$/, '')))
      return [name, pushed.get(name), ...told]
    })
    .filter(([, sent, ...told]) => sent === undefined || sent === '' || told.some((help) => help !== sent))
  expect(differing).toEqual([])
})

async function helpOf(prometheus: RunningPrometheus): Promise<ReadonlyMap<string, string>> {
  const metadata = Object.entries(await prometheus.metadata())
  return new Map(metadata.map(([family, told]) => [family, told.map(({ help }) => help).join(' | ')]))
}
