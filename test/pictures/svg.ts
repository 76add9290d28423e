// Shapes in, SVG text out. Colours are names: a style sheet in the picture gives each one for light and for dark.

export type Attributes = Readonly<Record<string, string | number | undefined>>

/** @example element('text', { x: 10, y: 20, class: 'muted' }, text('p95')) */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(typeof value === 'number' ? rounded(value) : String(value))}"`)
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(words))
}

/** What is too long for its place ends in an ellipsis. The font is the reader's, so a width is an estimate. */
export function fitted(words: string, width: number, fontSize = 12): string {
  const characters = Math.max(1, Math.floor(width / (fontSize * 0.56)))
  return words.length <= characters ? words : `${words.slice(0, characters - 1)}…`
}

export function polyline(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`).join('')
}

export function rounded(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} is no place in a picture`)
  return String(Math.round(value * 100) / 100)
}

function escaped(words: string): string {
  return words
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Name → [in light, in dark]. Those of lines are told apart by people who do not see red and green as different. */
const COLORS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  page: ['#f4f5f5', '#111217'],
  panel: ['#ffffff', '#181b1f'],
  border: ['#e0e2e6', '#2c3038'],
  grid: ['#e9ebee', '#2a2e35'],
  text: ['#24292e', '#d8dae0'],
  muted: ['#5b626b', '#9aa1ac'],
  green: ['#237a35', '#73bf69'],
  yellow: ['#8f6400', '#f2cc0c'],
  orange: ['#b34f08', '#ff9830'],
  red: ['#c4162a', '#f2495c'],
  blue: ['#1f62c0', '#5794f2'],
  purple: ['#7c4dab', '#b877d9'],
  line0: ['#1f62c0', '#5794f2'],
  line1: ['#b34f08', '#ff9830'],
  line2: ['#237a35', '#73bf69'],
  line3: ['#7c4dab', '#b877d9'],
  line4: ['#0e8a94', '#4cc9d6'],
  line5: ['#b0307a', '#f27bb8'],
  line6: ['#8a6d00', '#e0b400'],
  line7: ['#4b5563', '#9ca3af'],
  heat: ['#0b4ea2', '#6ea8ff'],
  exemplar: ['#d9480f', '#ff9d42'],
}

export const LINE_COLORS = 8

/** Fill of a colour, and with `stroke-` before it the line of one. */
export function styleSheet(): string {
  const variables = (at: 0 | 1) =>
    Object.entries(COLORS)
      .map(([name, pair]) => `--${name}:${pair[at]}`)
      .join(';')
  const classes = Object.keys(COLORS)
    .map((name) => `.${name}{fill:var(--${name})}.stroke-${name}{stroke:var(--${name});fill:none}`)
    .join('')
  return element(
    'style',
    {},
    `svg{${variables(0)}}@media(prefers-color-scheme:dark){svg{${variables(1)}}}`,
    classes,
    'text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}',
    '.title{font-weight:600;font-size:13px}.small{font-size:11px}.big{font-size:30px;font-weight:600}',
  )
}
