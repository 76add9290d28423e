// Types for the part of Grafana's classic dashboard model (schema 42) that these dashboards use. Grafana 10 to 13 import it.

/** The datasource that the first variable of each dashboard selects. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in.
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const
type Datasource = typeof DATASOURCE | { readonly type: 'grafana'; readonly uid: '-- Grafana --' }

export interface Dashboard {
  /** Part of every URL of the dashboard, so it never changes. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly schemaVersion: 42
  readonly editable: false
  /** 1: all panels share the crosshair. */
  readonly graphTooltip: 1
  readonly timezone: 'browser'
  readonly refresh: string
  readonly time: { readonly from: string; readonly to: 'now' }
  readonly links: readonly DashboardLink[]
  readonly annotations: { readonly list: readonly Annotation[] }
  readonly templating: { readonly list: readonly Variable[] }
  readonly panels: readonly Placed[]
}

export interface DashboardLink {
  readonly type: 'link'
  readonly title: string
  readonly tooltip: string
  readonly url: string
  readonly icon: 'dashboard'
  readonly keepTime: true
  readonly includeVars: true
  readonly targetBlank: false
  readonly asDropdown: false
  readonly tags: readonly []
}

export interface Annotation {
  readonly name: string
  readonly datasource: Datasource
  readonly enable: boolean
  readonly hide: boolean
  readonly iconColor: string
  readonly builtIn?: 1
  readonly type?: 'dashboard'
  readonly expr?: string
  readonly titleFormat?: string
  readonly textFormat?: string
  readonly tagKeys?: string
  readonly step?: string
}

export type Variable = DatasourceVariable | QueryVariable | CustomVariable

export interface DatasourceVariable {
  readonly type: 'datasource'
  readonly name: 'datasource'
  readonly label: string
  readonly query: 'prometheus'
  readonly hide: 0
  readonly refresh: 1
}

export interface QueryVariable {
  readonly type: 'query'
  readonly name: string
  readonly label: string
  readonly description: string
  readonly datasource: Datasource
  readonly query: string
  readonly definition: string
  readonly hide: 0
  readonly includeAll: true
  readonly multi: true
  readonly allValue: string
  readonly current: Choice<readonly string[]>
  /** 2: refreshed when the time range changes. */
  readonly refresh: 2
  readonly sort: 1
}

export interface CustomVariable {
  readonly type: 'custom'
  readonly name: string
  readonly label: string
  readonly description: string
  /** `text : value` pairs, separated by commas. */
  readonly query: string
  readonly current: Choice<string>
  readonly options: readonly Choice<string>[]
  readonly hide: 0
  readonly includeAll: false
  readonly multi: false
}

interface Choice<V> {
  readonly text: V
  readonly value: V
  readonly selected: boolean
}

type PanelType = 'timeseries' | 'stat' | 'table' | 'heatmap' | 'piechart' | 'bargauge'

export interface Panel {
  readonly type: PanelType
  readonly title: string
  readonly description: string
  readonly datasource: Datasource
  readonly targets: readonly Target[]
  readonly fieldConfig: { readonly defaults: FieldDefaults; readonly overrides: readonly Override[] }
  readonly options: Readonly<Record<string, unknown>>
  readonly transformations?: readonly Transformation[]
  readonly links?: readonly DataLink[]
}

interface Row {
  readonly type: 'row'
  readonly title: string
  readonly collapsed: false
  readonly panels: readonly []
}

/** 24 columns wide; a unit of height is 30 pixels. */
interface GridPos {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}
export type Placed = (Panel | Row) & { readonly id: number; readonly gridPos: GridPos }

export interface Target {
  readonly refId: string
  readonly datasource: Datasource
  readonly expr: string
  readonly legendFormat: string
  readonly range: boolean
  readonly instant: boolean
  readonly format: 'time_series' | 'table' | 'heatmap'
  /** Also queries exemplars, the points that link to a trace. */
  readonly exemplar: boolean
  readonly editorMode: 'code'
}

export interface FieldDefaults {
  readonly unit: string
  readonly min?: number
  readonly max?: number
  readonly decimals?: number
  /** Shown if the query returns no data. */
  readonly noValue?: string
  readonly color?: { readonly mode: string; readonly fixedColor?: string }
  readonly thresholds?: { readonly mode: 'absolute'; readonly steps: readonly Threshold[] }
  readonly mappings?: readonly unknown[]
  readonly links?: readonly DataLink[]
  readonly custom?: Readonly<Record<string, unknown>>
}

/** The colour from `value` up; the first value is null and covers everything below the second. */
export interface Threshold {
  readonly value: number | null
  readonly color: string
}

export interface Override {
  readonly matcher: { readonly id: 'byName' | 'byRegexp'; readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

export interface DataLink {
  readonly title: string
  readonly url: string
  readonly targetBlank?: boolean
}

interface Transformation {
  readonly id: string
  readonly options: Readonly<Record<string, unknown>>
}
