// OTel name, unit and kind in, Prometheus series name out. The only place that builds a series name, so that a scrape of
// ours, Prometheus's own OTLP receiver and the Collector's exporter agree.
// Source: OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", OTLP metric points to Prometheus.

export type SeriesKind = 'counter' | 'upDownCounter' | 'gauge' | 'histogram'

const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
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
  }),
)

/** Without `min`, as in Prometheus's own translator: a rate per minute is `/m` there, and `/min` stays `per_min`. */
const PER_UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({ s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' }),
)

/**
 * The Prometheus family name of a metric, with the unit suffix and, for a counter, `_total`.
 *
 * @example seriesName('mcp.tool.duration', 's', 'histogram') // 'mcp_tool_duration_seconds'
 */
export function seriesName(name: string, unit: string, kind: SeriesKind): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '')
  // A suffix alone is no name. Prometheus's own receiver refuses such a metric altogether.
  if (words.length === 0) words = ['unnamed']
  const [main, per] = unitWords(unit)
  if (main !== '' && !words.includes(main)) words.push(main)
  if (per !== '') words.push(per)
  if (kind === 'counter') words = [...words.filter((word) => word !== 'total'), 'total']
  if (kind === 'gauge' && unit === '1') words = [...words.filter((word) => word !== 'ratio'), 'ratio']
  const series = words.join('_')
  return /^[a-zA-Z_:]/.test(series) ? series : `_${series}`
}

/**
 * The unit as OpenMetrics wants it in `# UNIT`: the suffix that `seriesName` gives, or empty where it gives none. A ratio has
 * its suffix and no unit, as on the push route.
 */
export function seriesUnit(name: string, unit: string, kind: SeriesKind): string {
  const suffix = unitWords(unit)
    .filter((word) => word !== '')
    .join('_')
  const family = seriesName(name, unit, kind).replace(kind === 'counter' ? /_total$/ : /$^/, '')
  return suffix !== '' && family.endsWith(`_${suffix}`) ? suffix : ''
}

/**
 * The Prometheus label name of an OTel attribute key: each character outside `[a-zA-Z0-9_]` becomes `_`. As in Prometheus's
 * own translator, runs of `_` stay, and what starts with a digit or one `_` (taken for private) is prefixed.
 */
export function labelName(key: string): string {
  const label = key.replace(/[^a-zA-Z0-9_]/gu, '_')
  if (/^_(?!_)/.test(label)) return `key${label}`
  return /^[a-zA-Z_]/.test(label) ? label : `key_${label}`
}

/** The words that a unit adds to a name: itself in full, and `per_` and the unit after its slash. */
function unitWords(unit: string): [main: string, per: string] {
  const slash = unit.indexOf('/')
  const main = withoutAnnotation(slash < 0 ? unit : unit.slice(0, slash))
  const per = withoutAnnotation(slash < 0 ? '' : unit.slice(slash + 1))
  const perWord = per === '' ? '' : clean(`per_${PER_UNITS.get(per) ?? per}`).replace(/_$/, '')
  const mainWord = clean(UNITS.get(main) ?? main)
  return perWord === '' || perWord === 'per' ? [mainWord, ''] : [mainWord.replace(/_$/, ''), perWord]
}

function withoutAnnotation(part: string): string {
  return /[{}]/.test(part) ? '' : part.trim()
}

function clean(word: string): string {
  return word.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '')
}
