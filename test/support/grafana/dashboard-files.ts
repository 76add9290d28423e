// dashboards/*.json, as Grafana reads them, and their queries with variables filled in as Grafana fills them in.
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Dashboard, Panel, Placed, Target } from '../../../src/dashboards/classic-json.ts'

export interface DashboardFile {
  /** Without folder and ending. */
  readonly name: string
  readonly dashboard: Dashboard
}

export const DASHBOARD_FILES: readonly DashboardFile[] = globSync('dashboards/*.json')
  .sort()
  .map((path) => ({ name: basename(path, '.json'), dashboard: JSON.parse(readFileSync(path, 'utf8')) }))

export type PlacedPanel = Extract<Placed, Panel>

export function panelsOf({ panels }: Dashboard): PlacedPanel[] {
  return panels.filter((panel): panel is PlacedPanel => panel.type !== 'row')
}

export interface DashboardQuery {
  readonly dashboard: Dashboard
  readonly panel: PlacedPanel
  readonly target: Target
  /** For messages: where it stands. */
  readonly place: string
}

export function queriesOf(dashboard: Dashboard): DashboardQuery[] {
  return panelsOf(dashboard).flatMap((panel) =>
    panel.targets.map((target) => ({
      dashboard,
      panel,
      target,
      place: `${dashboard.title} / ${panel.title} / ${target.refId}`,
    })),
  )
}

/** Durations that no dashboard writes itself, so that they are told from what one does write. */
export const FILLED = { __rate_interval: '8869990787ms', __interval: '4867856611ms', __range: '6069770749ms' }

/** What each variable is when all is chosen and nothing else was touched. */
export function startingValues(dashboard: Dashboard): Record<string, string> {
  const values: Record<string, string> = { ...FILLED }
  for (const variable of dashboard.templating.list) {
    if (variable.type === 'query') values[variable.name] = variable.allValue
    if (variable.type === 'custom') values[variable.name] = variable.current.value
    if (variable.type === 'datasource') values[variable.name] = 'prometheus'
  }
  return values
}

/** `$name`, `${name}` and `${name:format}`; one that has no value stays, as in Grafana. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\w+)|\$\{(\w+)(?::\w+)?\}/g, (whole, bare?: string, braced?: string) => {
    return values[bare ?? braced ?? ''] ?? whole
  })
}
