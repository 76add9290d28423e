// Tests the pictures of the dashboards, with their numbers and axes.
import { describe, expect, it } from 'vitest'
import type { Dashboard } from '../../../src/dashboards/classic-json.ts'
import type { AnsweredPanel } from '../../pictures/answered-panel.ts'
import { formatValue } from '../../pictures/format-value.ts'
import { drawPicture } from '../../pictures/picture.ts'
import { ticks, timeTicks } from '../../pictures/scale.ts'
import { DASHBOARD_FILES, panelsOf, queriesOf } from '../../support/grafana/dashboard-files.ts'
import type { AnsweredSeries } from '../../support/grafana/panel-answers.ts'

const range = { from: 1_790_000_000, to: 1_790_000_060, step: 10, rateInterval: 15 }
const times = [0, 10, 20, 30, 40, 50, 60].map((after) => range.from + after)

/** Gives each panel the same two series, with every label that a name can use, and a gap. */
function answered(dashboard: Dashboard, labels: Readonly<Record<string, string>>): AnsweredPanel[] {
  const series = (factor: number, more: Readonly<Record<string, string>>): AnsweredSeries => ({
    labels: { ...labels, ...more },
    points: times.map((at, index) => [at, index === 3 ? Number.NaN : index * factor] as const),
  })
  return panelsOf(dashboard).map((panel) => ({
    panel,
    range,
    answers: queriesOf(dashboard)
      .filter((query) => query.panel.id === panel.id)
      .map((query) => ({
        ...query,
        series: [series(1, { le: '0.1', status: 'success' }), series(2.5, { le: '+Inf', status: 'error' })],
      })),
    exemplars: [{ at: range.from + 15, value: 1.5 }],
  }))
}

describe('drawPicture', () => {
  it.each(DASHBOARD_FILES)(
    'draws all panels of $name as well-formed elements, and the same picture for the same data',
    ({ dashboard }) => {
      const picture = drawPicture(dashboard, answered(dashboard, { tool_name: 'hello_world', job: 'j', instance: 'i' }))

      for (const { title } of panelsOf(dashboard)) expect(picture).toContain(`>${title}</text>`)
      expect(picture).not.toMatch(/NaN|Infinity|undefined/)
      expect(picture).toBe(
        drawPicture(dashboard, answered(dashboard, { tool_name: 'hello_world', job: 'j', instance: 'i' })),
      )
      expect(openElements(picture)).toEqual([])
    },
  )

  it.each(DASHBOARD_FILES)('draws nothing of $name outside the picture', ({ dashboard }) => {
    const picture = drawPicture(dashboard, answered(dashboard, {}))
    const [, width, height] = (/viewBox="0 0 (\d+) (\d+)"/.exec(picture) ?? []).map(Number)
    for (const [, x, y] of picture.matchAll(/ x="([-\d.]+)" y="([-\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0)
      expect(Number(x)).toBeLessThanOrEqual(Number(width))
      expect(Number(y)).toBeGreaterThanOrEqual(0)
      expect(Number(y)).toBeLessThanOrEqual(Number(height))
    }
  })

  it.each(DASHBOARD_FILES)(
    'keeps the text of 40 series inside each panel of $name, and says how many more exist',
    ({ dashboard }) => {
      const many = answered(dashboard, {}).map((one) => ({
        ...one,
        answers: one.answers.map((answer) => ({
          ...answer,
          series: Array.from({ length: 40 }, (_, nth) => ({
            labels: {
              tool_name: `tool-${nth}`,
              namespace: `namespace-${nth}`,
              issue_type: `issue-${nth}`,
              le: `${nth}`,
            },
            points: times.map((at) => [at, nth + 1] as const),
          })),
        })),
      }))

      const picture = drawPicture(dashboard, many)

      expect(picture).toMatch(/>and \d+ more</)
      expect(picture).not.toMatch(/(width|height)="-/)
      const panels = picture.split('<g>').slice(1)
      expect(panels).toHaveLength(many.length)
      for (const panel of panels) {
        const [, x, y, width, height] = (/x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"/.exec(panel) ?? []).map(
          Number,
        )
        const [left = 0, top = 0] = [x, y]
        for (const [whole, textX, textY] of panel.matchAll(/<text x="([-\d.]+)" y="([-\d.]+)".*?<\/text>/g)) {
          expect(Number(textX), whole).toBeGreaterThanOrEqual(left)
          expect(Number(textX), whole).toBeLessThanOrEqual(left + (width ?? 0))
          expect(Number(textY), whole).toBeGreaterThanOrEqual(top)
          expect(Number(textY), whole).toBeLessThanOrEqual(top + (height ?? 0))
        }
      }
    },
  )

  it('shows the no-data text of the dashboard in each panel without data', () => {
    const [{ dashboard } = { dashboard: undefined }] = DASHBOARD_FILES
    const panels = answered(dashboard as Dashboard, {}).map((one) => ({ ...one, answers: [] }))

    const picture = drawPicture(dashboard as Dashboard, panels)

    for (const { panel } of panels) expect(picture).toContain(`>${panel.fieldConfig.defaults.noValue}</text>`)
  })

  it('escapes markup and control characters in labels', () => {
    const { dashboard } = DASHBOARD_FILES.find(({ name }) => name === 'mcp-server-dashboard') ?? {}
    const picture = drawPicture(
      dashboard as Dashboard,
      answered(dashboard as Dashboard, { tool_name: '</text><script>&"\u0000' }),
    )

    expect(picture).not.toContain('<script')
    expect(picture).toContain('&lt;/text&gt;&lt;script&gt;&amp;&quot;�')
    expect(openElements(picture)).toEqual([])
  })

  it('has enough contrast in light and dark mode, and a style for every class', () => {
    const [{ dashboard } = { dashboard: undefined }] = DASHBOARD_FILES
    const picture = drawPicture(dashboard as Dashboard, answered(dashboard as Dashboard, {}))
    const [light = '', dark = ''] = [...picture.matchAll(/svg\{(--[^}]+)\}/g)].map(([, variables]) => String(variables))

    for (const theme of [light, dark]) {
      const color = (name: string) => new RegExp(`--${name}:(#[0-9a-f]{6})`).exec(theme)?.[1] ?? ''
      for (const name of ['text', 'muted', 'green', 'yellow', 'orange', 'red', 'blue', 'purple']) {
        expect(contrast(color(name), color('panel')), `${name} on ${color('panel')}`).toBeGreaterThan(
          name === 'text' ? 7 : 4.5,
        )
      }
      for (let at = 0; at < 8; at++)
        expect(contrast(color(`line${at}`), color('panel')), `line${at}`).toBeGreaterThan(3)
    }
    const used = [...picture.matchAll(/class="([^"]+)"/g)].flatMap(([, names]) => String(names).split(' '))
    const styled = [...picture.matchAll(/\.([\w-]+)\{/g)].map(([, name]) => name)
    expect([...new Set(used)].filter((name) => !styled.includes(name))).toEqual([])
  })
})

describe('formatValue', () => {
  it.each([
    [0.00095, 's', undefined, '950 µs'],
    [4.62, 's', undefined, '4.62 s'],
    [0, 's', undefined, '0 s'],
    [90, 's', undefined, '1.5 min'],
    [-4.429, 'percentunit', 1, '-442.9 %'],
    [0.99871, 'percentunit', 3, '99.871 %'],
    [3900, 'short', 0, '3.9K'],
    [12, 'short', 0, '12'],
    [153_000_000, 'bytes', undefined, '146 MiB'],
    [6.5, 'reqps', undefined, '6.5 req/s'],
    [1.5, 'cps', 2, '1.50 c/s'],
    [Number.NaN, 's', undefined, '–'],
  ] as const)('formats %d with the unit %s for readers', (value, unit, decimals, words) => {
    expect(formatValue(value, unit, decimals)).toBe(words)
  })
})

describe('ticks and timeTicks', () => {
  it('return round numbers, multiples of powers of 1024 for bytes, that reach the highest value', () => {
    expect(ticks(36, 4)).toEqual([0, 10, 20, 30, 40])
    expect(ticks(0.82, 4)).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(ticks(65 * 1024 ** 2, 4, 1024)).toEqual([0, 20, 40, 60, 80].map((mebibytes) => mebibytes * 1024 ** 2))
    expect(ticks(0, 4)).toEqual([0, 1])
    expect(timeTicks(1_790_000_000, 1_790_000_300, 5).map(({ at }) => at % 60)).toEqual([0, 0, 0, 0, 0])
  })
})

/** Returns the names of elements that are opened but not closed, or closed but not opened. */
function openElements(picture: string): string[] {
  const open: string[] = []
  for (const [, closing, name = '', empty] of picture.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (empty === '/') continue
    if (closing !== '/') open.push(name)
    else if (open.at(-1) === name) open.pop()
    else open.push(`/${name}`)
  }
  return open
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
