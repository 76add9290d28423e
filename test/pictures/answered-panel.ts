// What a drawing of a panel starts from: the panel, what Prometheus answered, and how lines and values of it look.
import type { FieldDefaults, Override, Threshold } from '../../src/dashboards/classic-json.ts'
import type { PlacedPanel } from '../support/grafana/dashboard-files.ts'
import type { AnsweredSeries, PanelAnswer, TimeRange } from '../support/grafana/panel-answers.ts'
import { LINE_COLORS } from './svg.ts'

export interface Point {
  readonly at: number
  readonly value: number
}

export interface AnsweredPanel {
  readonly panel: PlacedPanel
  readonly range: TimeRange
  readonly answers: readonly PanelAnswer[]
  readonly exemplars: readonly Point[]
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Line {
  readonly name: string
  readonly color: string
  readonly unit: string
  readonly points: readonly (readonly [at: number, value: number])[]
}

/** The lines of all queries, named and coloured; those without any number are left out. */
export function linesOf({ panel, answers }: AnsweredPanel): Line[] {
  return answers
    .flatMap(({ target, series }) =>
      series.map((one) => ({ name: lineName(target.legendFormat, one, panel.title), one })),
    )
    .map(({ name, one }) => ({ name, points: one.points.filter(([, value]) => Number.isFinite(value)) }))
    .filter(({ points }) => points.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, points }, at) => ({
      name,
      points,
      color: String(overridden(panel, name, 'color', fixedColor) ?? `line${at % LINE_COLORS}`),
      unit: String(overridden(panel, name, 'unit') ?? panel.fieldConfig.defaults.unit),
    }))
}

function lineName(template: string, { labels }: AnsweredSeries, title: string): string {
  if (template === '__auto') return title
  return template.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '').trim()
}

/** The value of a property that an override gives a field of this name. */
export function overridden(
  { fieldConfig }: PlacedPanel,
  name: string,
  id: string,
  read: (value: unknown) => unknown = (value) => value,
): unknown {
  const property = fieldConfig.overrides
    .filter(({ matcher }) => matches(matcher, name))
    .flatMap(({ properties }) => properties)
    .findLast((one) => one.id === id)
  return property === undefined ? undefined : read(property.value)
}

function matches({ id, options }: Override['matcher'], name: string): boolean {
  return id === 'byName' ? options === name : new RegExp(options.slice(1, -1)).test(name)
}

function fixedColor(value: unknown): string | undefined {
  return (value as FieldDefaults['color'])?.fixedColor
}

export function thresholdColor(value: number, steps: readonly Threshold[] | undefined): string {
  return steps?.findLast((step) => step.value === null || value >= step.value)?.color ?? 'text'
}
