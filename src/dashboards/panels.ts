// Builds panels of Grafana's classic model, with one look for each kind of panel.
import type { IssueSeverity, RemediationOutcome } from '../instrumentation/catalog/kubernetes-values.ts'
import type { Status, TaskEnd } from '../instrumentation/catalog/outcome-values.ts'
import type { DataLink, FieldDefaults, Override, Panel, Target, Threshold } from './classic-json.ts'
import { DATASOURCE } from './classic-json.ts'

export interface PanelBase {
  readonly title: string
  /** What the panel shows and what a change means, for a reader who is new to it. */
  readonly description: string
  /** Grafana's unit id. */
  readonly unit: string
  readonly noValue?: string
  readonly decimals?: number
  readonly max?: number
  readonly thresholds?: readonly Threshold[]
  readonly links?: readonly DataLink[]
  readonly overrides?: readonly Override[]
}

interface Query {
  readonly expr: string
  /** Grafana's template for the name of a line: `{{label}}`. */
  readonly legend?: string
  readonly exemplar?: boolean
  /** Queries only the end of the time range. */
  readonly instant?: boolean
}

/** The first colour applies below the first value. */
export function steps(below: string, ...from: readonly (readonly [value: number, color: string])[]): Threshold[] {
  return [{ value: null, color: below }, ...from.map(([value, color]) => ({ value, color }))]
}

/** The same colours on every panel for lines with these names. */
const STATUS_COLORS: Readonly<Record<Status | TaskEnd | RemediationOutcome | IssueSeverity | 'hit' | 'miss', string>> =
  {
    success: 'green',
    hit: 'green',
    verified: 'green',
    error: 'red',
    failed: 'red',
    critical: 'red',
    cancelled: 'yellow',
    warning: 'orange',
    input_required: 'blue',
    task: 'blue',
    completed: 'green',
    expired: 'orange',
    info: 'blue',
    applied: 'blue',
    planned: 'purple',
    refused: 'orange',
    miss: 'orange',
  }

export const statusColors: readonly Override[] = Object.entries(STATUS_COLORS).map(([name, color]) => ({
  matcher: { id: 'byRegexp', options: `/(^|[ ·-])${name}$/` },
  properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
}))

interface TimeseriesOptions extends PanelBase {
  readonly queries: readonly Query[]
  readonly stacked?: boolean
  readonly bars?: boolean
  /** Draws the thresholds as lines. */
  readonly showThresholds?: boolean
}

export function timeseries(options: TimeseriesOptions): Panel {
  const { queries, stacked = false, bars = false, showThresholds = false } = options
  return {
    ...common('timeseries', options, queries, 'time_series'),
    fieldConfig: {
      defaults: {
        ...defaults(options),
        color: { mode: 'palette-classic' },
        custom: {
          drawStyle: bars ? 'bars' : 'line',
          lineWidth: bars ? 0 : 1,
          fillOpacity: stacked || bars ? 60 : 8,
          showPoints: 'auto',
          spanNulls: false,
          stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
          thresholdsStyle: { mode: showThresholds ? 'dashed' : 'off' },
        },
      },
      overrides: options.overrides ?? [],
    },
    options: {
      legend: { showLegend: true, displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max', 'lastNotNull'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  }
}

interface StatOptions extends PanelBase {
  readonly expr: string
  /** Covers the whole time range at once, without a background line. */
  readonly instant?: boolean
}

export function stat(options: StatOptions): Panel {
  const { expr, instant = false } = options
  return {
    ...common('stat', options, [{ expr, instant }], 'time_series'),
    fieldConfig: {
      defaults: { ...defaults(options), color: { mode: 'thresholds' }, thresholds: absolute(options.thresholds) },
      overrides: options.overrides ?? [],
    },
    options: {
      reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
      colorMode: 'value',
      graphMode: instant ? 'none' : 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: 'value',
    },
  }
}

interface HeatmapOptions extends PanelBase {
  readonly expr: string
  readonly exemplar?: boolean
}

export function heatmap(options: HeatmapOptions): Panel {
  const { expr, exemplar = false, unit } = options
  return {
    ...common('heatmap', options, [{ expr, legend: '{{le}}', exemplar }], 'heatmap'),
    fieldConfig: { defaults: { ...defaults({ ...options, unit: 'short' }), custom: {} }, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: { mode: 'scheme', scheme: 'Blues', fill: 'dark-blue', reverse: false, steps: 64, exponent: 0.5 },
      exemplars: { color: 'rgba(255,120,10,0.9)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', yHistogram: true, showColorScale: true },
      yAxis: { axisPlacement: 'left', reverse: false, unit },
    },
  }
}

interface SharesOptions extends PanelBase {
  readonly expr: string
  readonly legend: string
}

/** Shares of a whole over the time range. */
export function piechart(options: SharesOptions): Panel {
  const { expr, legend } = options
  return {
    ...common('piechart', options, [{ expr, legend, instant: true }], 'time_series'),
    fieldConfig: {
      defaults: { ...defaults(options), color: { mode: 'palette-classic' } },
      overrides: options.overrides ?? [],
    },
    options: {
      reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
      pieType: 'donut',
      legend: { showLegend: true, displayMode: 'table', placement: 'right', values: ['value', 'percent'] },
      tooltip: { mode: 'multi', sort: 'desc' },
      displayLabels: [],
    },
  }
}

/** Amounts side by side, the largest first. */
export function bargauge(options: SharesOptions): Panel {
  const { expr, legend } = options
  return {
    ...common('bargauge', options, [{ expr: `sort_desc(${expr})`, legend, instant: true }], 'time_series'),
    fieldConfig: {
      defaults: { ...defaults(options), color: { mode: 'palette-classic' } },
      overrides: options.overrides ?? [],
    },
    options: {
      reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
      orientation: 'horizontal',
      displayMode: 'basic',
      showUnfilled: true,
      valueMode: 'color',
      namePlacement: 'auto',
      minVizHeight: 16,
    },
  }
}

/** The part that all kinds of panel share. */
export function common(
  type: Panel['type'],
  { title, description }: PanelBase,
  queries: readonly Query[],
  format: Target['format'],
): Pick<Panel, 'type' | 'title' | 'description' | 'datasource' | 'targets'> {
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map((query, at) => target(query, at, format)),
  }
}

export function defaults({ unit, noValue = 'no data', decimals, max, thresholds, links }: PanelBase): FieldDefaults {
  return {
    unit,
    min: 0,
    noValue,
    ...(max === undefined ? {} : { max }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(thresholds === undefined ? {} : { thresholds: absolute(thresholds) }),
    ...(links === undefined ? {} : { links }),
  }
}

export function absolute(thresholds: readonly Threshold[] = steps('text')) {
  return { mode: 'absolute', steps: thresholds } as const
}

function target(
  { expr, legend, exemplar = false, instant = false }: Query,
  at: number,
  format: Target['format'],
): Target {
  return {
    refId: String.fromCharCode(65 + at),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend ?? '__auto',
    range: !instant,
    instant,
    format,
    exemplar,
    editorMode: 'code',
  }
}
