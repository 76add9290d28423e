// OTel name, unit and kind in, Prometheus series name out. The only place that builds a series name, so that a scrape of
// ours, Prometheus's own OTLP receiver and the Collector's exporter agree.
// Source: OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", OTLP metric points to Prometheus.

export type SeriesKind = 'counter' | 'upDownCounter' | 'gauge' | 'histogram'

const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
  '1': '',
}

const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
}

/**
 * The Prometheus family name of a metric, with the unit suffix and, for a counter, `_total`.
 *
 * @example seriesName('mcp.tool.duration', 's', 'histogram') // 'mcp_tool_duration_seconds'
 */
export function seriesName(name: string, unit: string, kind: SeriesKind): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '')
  const [main = '', per = ''] = unitWords(unit)
  if (main !== '' && !words.includes(main)) words.push(main)
  if (per !== '' && !words.includes(per)) words.push('per', per)
  if (kind === 'counter') words = [...words.filter((word) => word !== 'total'), 'total']
  if (kind === 'gauge' && unit === '1') words = [...words.filter((word) => word !== 'ratio'), 'ratio']
  const series = words.join('_')
  return /^[a-zA-Z_:]/.test(series) ? series : `_${series}`
}

/** The unit as OpenMetrics wants it in `# UNIT`: the suffix that `seriesName` gives, or empty where it gives none. */
export function seriesUnit(name: string, unit: string, kind: SeriesKind): string {
  if (kind === 'gauge' && unit === '1') return 'ratio'
  const [main = '', per = ''] = unitWords(unit)
  const suffix = per === '' ? main : `${main === '' ? '' : `${main}_`}per_${per}`
  const family = seriesName(name, unit, kind).replace(kind === 'counter' ? /_total$/ : /$^/, '')
  return suffix !== '' && family.endsWith(`_${suffix}`) ? suffix : ''
}

/** The Prometheus label name of an OTel attribute key: characters outside `[a-zA-Z0-9_]` become `_`. */
export function labelName(key: string): string {
  const label = key.replace(/[^a-zA-Z0-9_]/g, '_')
  return /^[a-zA-Z_]/.test(label) ? label : `key_${label}`
}

function unitWords(unit: string): [string?, string?] {
  const [main = '', per = ''] = unit.split('/', 2).map((part) => (/[{}]/.test(part) ? '' : part.trim()))
  return [clean(UNITS[main] ?? main), clean(PER_UNITS[per] ?? per)]
}

function clean(word: string): string {
  return word
    .split(/[^a-zA-Z0-9]+/)
    .filter((part) => part !== '')
    .join('_')
}
