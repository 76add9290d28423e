// `npm run pictures`: docs/pictures/*.svg, each a dashboard with what a real Prometheus answers after some minutes of traffic.
// `-- --seconds 60` for a quick look. A dashboard that would be mostly empty is left as it was, and named.
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Dashboard } from '../../src/dashboards/classic-json.ts'
import { DASHBOARDS } from '../../src/dashboards/dashboards.ts'
import { provision } from '../parts/provision.ts'
import { filledIn, panelsOf } from '../support/grafana/dashboard-files.ts'
import type { Chosen, TimeRange } from '../support/grafana/panel-answers.ts'
import { answersOf, isShown, valuesAt } from '../support/grafana/panel-answers.ts'
import { openParts } from '../support/programs/real-parts.ts'
import type { PrometheusApi } from '../support/prometheus/prometheus-api.ts'
import type { AnsweredPanel, Point } from './answered-panel.ts'
import { drawPicture } from './picture.ts'
import { playScene, SERVERS } from './scene.ts'

const FOLDER = 'docs/pictures'

/** How many sections of each are drawn, from the top. */
const SECTIONS: Readonly<Record<string, number>> = {
  'mcp-server-dashboard': 2,
  'mcp-tool-dashboard': 3,
  'mcp-platform-dashboard': 2,
  'mcp-kubernetes-dashboard': 3,
  'mcp-telemetry-dashboard': 4,
}

/** What is chosen in place of all: the exporter is no server, but one more process. */
const CHOSEN: Readonly<Record<string, Chosen>> = { 'mcp-server-dashboard': { job: SERVERS } }

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } })
const parts = openParts(await provision(['prometheus', 'otelcol', 'jaeger'], { say: console.error }))
try {
  const scene = await playScene(parts, Number(values.seconds))
  const to = Math.floor(Date.now() / 1000)
  const from = Math.ceil(scene.began) + 12
  const range = { from, to, step: Math.max(2, Math.ceil((to - from) / 90)), rateInterval: 20 }
  mkdirSync(FOLDER, { recursive: true })
  for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
    const chosen = CHOSEN[name] ?? {}
    const panels = await answeredPanels(scene.prometheus, { dashboard, chosen, sections: SECTIONS[name] ?? 1, range })
    const filled = panels.filter(({ answers }) => answers.some(isShown))
    if (filled.length < panels.length * 0.7) {
      console.error(`${name}: ${filled.length} of ${panels.length} panels have data: not drawn`)
      continue
    }
    writeFileSync(`${FOLDER}/${name}.svg`, drawPicture(dashboard, panels))
    console.error(`${FOLDER}/${name}.svg: ${filled.length} of ${panels.length} panels have data`)
  }
  await scene.stop()
} finally {
  await parts.close()
}

interface Asked {
  readonly dashboard: Dashboard
  readonly chosen: Chosen
  readonly sections: number
  readonly range: TimeRange
}

async function answeredPanels(
  prometheus: PrometheusApi,
  { dashboard, chosen, sections, range }: Asked,
): Promise<AnsweredPanel[]> {
  const rows = dashboard.panels.filter(({ type }) => type === 'row')
  const end = rows[sections - 1]?.gridPos.y ?? Number.POSITIVE_INFINITY
  const answers = await answersOf(prometheus, dashboard, range, chosen)
  return Promise.all(
    panelsOf(dashboard)
      .filter(({ gridPos }) => gridPos.y < end)
      .map(async (panel) => ({
        panel,
        range,
        answers: answers.filter((answer) => answer.panel.id === panel.id),
        exemplars: await exemplarsOf(
          prometheus,
          panel.targets
            .filter(({ exemplar }) => exemplar)
            .map(({ expr }) => filledIn(expr, valuesAt(dashboard, range, chosen))),
          range,
        ),
      })),
  )
}

async function exemplarsOf(
  prometheus: PrometheusApi,
  expressions: readonly string[],
  range: TimeRange,
): Promise<Point[]> {
  const found = await Promise.all(
    expressions.map((expression) => {
      const query = encodeURIComponent(expression)
      return prometheus.get(`/api/v1/query_exemplars?query=${query}&start=${range.from}&end=${range.to}`)
    }),
  )
  const all = (found.flat() as { exemplars: { value: string; timestamp: number }[] }[])
    .flatMap(({ exemplars }) => exemplars.map(({ value, timestamp }) => ({ at: timestamp, value: Number(value) })))
    .toSorted((a, b) => a.at - b.at)
  // As many as can be told apart.
  const every = Math.max(1, Math.ceil(all.length / 60))
  return all.filter((_, at) => at % every === 0)
}
