// Tests every dashboard with real traffic on both routes, each with its own Prometheus.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { DASHBOARD_FILES, filledIn, queriesOf } from '../support/grafana/dashboard-files.ts'
import type { TimeRange } from '../support/grafana/panel-answers.ts'
import { answersOf, askedOver, isShown, valuesAt } from '../support/grafana/panel-answers.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'
import type { EverythingServer } from '../support/servers/everything-server.ts'
import { startEverything } from '../support/servers/everything-server.ts'

const parts = useRealParts()

type Route = 'scraped' | 'pushed'
const ROUTES = ['scraped', 'pushed'] as const
const CLUSTER = 'test-cluster'

/** Queries that return nothing here, with the reason. At most five. */
const EMPTY: readonly { readonly place: RegExp; readonly route?: Route; readonly why: string }[] = [
  { place: /\/ Scrape Duration \//, route: 'pushed', why: 'nobody scrapes a server that pushes' },
  {
    place: /\/ Collector: (Received|Refused and Failed) \/ A$/,
    route: 'scraped',
    why: 'a server that is scraped sends the Collector spans and logs, but no points',
  },
  {
    place: /\/ Collector: Refused and Failed \/ [DE]/,
    why: 'the Collector has the series once it has given something up',
  },
]

interface Running {
  readonly prometheus: RunningPrometheus
  readonly server: EverythingServer
}

const running: Record<Route, Running> = {} as never
const stopping = new AbortController()
let traffic: Promise<unknown> = Promise.resolve()
const began = Date.now() / 1000

beforeAll(async () => {
  for (const route of ROUTES) running[route] = await start(route)
  traffic = Promise.all(ROUTES.map((route) => callUntilStopped(running[route].server.url)))
})
afterAll(async () => {
  stopping.abort()
  await traffic
  for (const { server } of Object.values(running)) await server.stop()
})

/** Starts a server that exports metrics by one route, and a Collector for its spans and pushed metrics. */
async function start(route: Route): Promise<Running> {
  const [metrics, telemetry] = await freePorts(2)
  const prometheus = await parts.prometheus({
    name: route,
    gateway: `127.0.0.1:${telemetry}`,
    ...(route === 'scraped' ? { targets: [{ address: `127.0.0.1:${metrics}` }] } : {}),
  })
  const gateway = await parts.gateway({
    GATEWAY_TELEMETRY_PORT: String(telemetry),
    ...deliverTo(prometheus),
  })
  const server = await startEverything({
    OTEL_METRICS_EXPORTER: route === 'scraped' ? 'prometheus' : 'otlp',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(metrics),
    OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '500',
    OTEL_RESOURCE_ATTRIBUTES: `k8s.cluster.name=${CLUSTER}`,
  })
  return { prometheus, server }
}

/** Repeats successful calls, calls of an unknown tool, invalid arguments, and every metric of the catalog. */
async function callUntilStopped(url: string): Promise<void> {
  const client = new Client({ name: 'mcp-inspector', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport)
  for (let turn = 0; !stopping.signal.aborted; turn++) {
    await client.callTool({ name: 'work', arguments: { ms: (turn * 37) % 200 } })
    await client.callTool({ name: 'made_up', arguments: {} }).catch(() => {})
    await client.callTool({ name: 'work', arguments: { ms: 'long' } }).catch(() => {})
    await (await fetch(new URL('/again', url))).text()
  }
  await client.close()
}

function rangeUntilNow(): TimeRange {
  const to = Math.floor(Date.now() / 1000)
  return { from: Math.max(Math.floor(began), to - 60), to, step: 2, rateInterval: 15 }
}

/** Returns the queries that are still empty after the timeout. */
async function emptyPanels(route: Route): Promise<string[]> {
  let empty: string[] = ['nothing was asked']
  await waitFor(
    async () => {
      const answers = await Promise.all(
        DASHBOARD_FILES.map(({ dashboard }) => answersOf(running[route].prometheus, dashboard, rangeUntilNow())),
      )
      empty = answers
        .flat()
        .filter((answer) => !isShown(answer))
        .map(({ place }) => place)
        .filter((place) => !EMPTY.some((known) => known.place.test(place) && (known.route ?? route) === route))
      return empty.length === 0
    },
    90_000,
    'data on every panel',
  ).catch(() => {})
  return empty
}

interface Offered {
  readonly dashboard: string
  readonly variable: string
  readonly values: readonly string[]
}

/** Returns the values that each dashboard variable offers. */
async function offered(route: Route): Promise<Offered[]> {
  const asking = DASHBOARD_FILES.flatMap(({ dashboard }) =>
    dashboard.templating.list.flatMap((variable) => (variable.type === 'query' ? [{ dashboard, variable }] : [])),
  )
  return Promise.all(
    asking.map(async ({ dashboard, variable }) => {
      const [, selector = '', label] = /^label_values\((.+), (\w+)\)$/s.exec(variable.query) ?? []
      const match = encodeURIComponent(filledIn(selector, valuesAt(dashboard, rangeUntilNow())))
      const values = await running[route].prometheus.get(`/api/v1/label/${label}/values?match[]=${match}`)
      return { dashboard: dashboard.title, variable: variable.name, values: values as string[] }
    }),
  )
}

describe('the dashboards', () => {
  it.each(ROUTES)('return data for every query of every panel when metrics are %s', async (route) => {
    parts.watch()
    expect(await emptyPanels(route)).toEqual([])
  })

  it.each([
    ['scraped', { job: ['mcp-hello-server-metrics'], cluster: [] }],
    ['pushed', { job: ['everything'], cluster: [CLUSTER] }],
  ] as const)(
    'offer the existing jobs, clusters, tools, namespaces and instances as variables when metrics are %s',
    async (route, expected) => {
      parts.watch()
      for (const { dashboard, variable, values } of await offered(route)) {
        const place = `${dashboard} / ${variable}`
        if (variable === 'job')
          expect(
            values.filter((job) => job !== 'otel-gateway'),
            place,
          ).toEqual(expected.job)
        if (variable === 'cluster') expect(values, place).toEqual(expected.cluster)
        if (variable === 'tool') expect(values, place).toEqual(expect.arrayContaining(['work', '_OTHER']))
        if (variable === 'namespace') expect(values, place).toEqual(['default'])
        if (variable === 'instance') expect(values.length, place).toBeGreaterThan(0)
      }
    },
  )

  it.each(ROUTES)('mark the start of the server as a moment when metrics are %s', async (route) => {
    parts.watch()
    for (const { dashboard } of DASHBOARD_FILES) {
      const expression = dashboard.annotations.list.find(({ name }) => name === 'Starts')?.expr ?? ''
      const range = { ...rangeUntilNow(), from: Math.floor(began) }
      const marks = await askedOver(running[route].prometheus, filledIn(expression, valuesAt(dashboard, range)), range)
      expect(marks.length, dashboard.title).toBeGreaterThan(0)
      // A mark covers a moment, not all the time since the start.
      for (const { points } of marks) expect(points.length, dashboard.title).toBeLessThan(12)
    }
  })

  it.each(ROUTES)('return an exemplar with a trace ID for each exemplar query when metrics are %s', async (route) => {
    parts.watch()
    const asking = DASHBOARD_FILES.flatMap(({ dashboard }) => queriesOf(dashboard)).filter(
      ({ target }) => target.exemplar,
    )
    expect(asking.length).toBeGreaterThan(0)
    for (const { dashboard, target, place } of asking) {
      const expression = filledIn(target.expr, valuesAt(dashboard, rangeUntilNow()))
      const found = await running[route].prometheus.exemplars(expression)
      expect(found[0]?.traceId, place).toMatch(/^[0-9a-f]{32}$/)
    }
  })
})

describe('the tool dashboard', () => {
  it.each([
    ['scraped', { job: 'mcp-hello-server-metrics' }],
    ['pushed', { job: 'everything', cluster: CLUSTER }],
  ] as const)('shows data only for the selected variables when metrics are %s', async (route, selected) => {
    parts.watch()
    const { prometheus } = running[route]
    const tool = DASHBOARD_FILES.find(({ name }) => name === 'mcp-tool-dashboard')?.dashboard
    if (tool === undefined) throw new Error('there is no dashboard of a tool')
    const [instance = ''] = (await offered(route)).find(({ variable }) => variable === 'instance')?.values ?? []
    const shown = async (chosen: Readonly<Record<string, string>>) =>
      (await answersOf(prometheus, tool, rangeUntilNow(), chosen)).filter(isShown).map(({ panel }) => panel.title)

    const chosen = { ...selected, instance, tool: 'work' }

    expect(await shown(chosen)).toEqual(
      expect.arrayContaining(['Calls', 'p95', 'Duration', 'Duration by Spans (p95)', 'Outcomes', 'Result Size']),
    )
    for (const other of Object.keys(chosen)) {
      expect(await shown({ ...chosen, [other]: 'another' }), other).toEqual([])
    }
  })
})

describe('the list of queries that may be empty', () => {
  it('has at most five entries, each with a reason and an existing query', () => {
    expect(EMPTY.length).toBeLessThanOrEqual(5)
    const places = DASHBOARD_FILES.flatMap(({ dashboard }) =>
      dashboard.panels.flatMap((panel) =>
        panel.type === 'row' ? [] : panel.targets.map(({ refId }) => `${dashboard.title} / ${panel.title} / ${refId}`),
      ),
    )
    for (const { place, why } of EMPTY) {
      expect(why).toMatch(/\w+ \w+/)
      expect(
        places.some((one) => place.test(one)),
        String(place),
      ).toBe(true)
    }
  })
})
