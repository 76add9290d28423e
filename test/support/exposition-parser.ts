// A strict reader of Prometheus text 0.0.4 and OpenMetrics 1.0, written from the two specifications and not from the
// writer: anything that a Prometheus server might refuse is an error here.

export interface ParsedExposition {
  readonly families: ReadonlyMap<string, ParsedFamily>
  /** Series, with labels sorted, → value. */
  readonly samples: ReadonlyMap<string, number>
  readonly exemplars: readonly ParsedExemplar[]
}
export interface ParsedFamily {
  readonly type: string
  readonly help: string | undefined
  readonly unit: string | undefined
}
export interface ParsedExemplar {
  readonly series: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  info: ['_info'],
}

/** Reads an exposition; throws on its first fault, with the line. */
export function parseExposition(text: string, format: 'text' | 'openmetrics'): ParsedExposition {
  if (!text.isWellFormed()) throw new Error('the text is not well-formed Unicode')
  if (!text.endsWith('\n')) throw new Error('the last line is not ended')
  const openMetrics = format === 'openmetrics'
  const lines = text.slice(0, -1).split('\n')
  if (openMetrics && lines.pop() !== '# EOF') throw new Error('the last line is not # EOF')
  const families = new Map<
    string,
    { type: string; help: string | undefined; unit: string | undefined; closed: boolean }
  >()
  const samples = new Map<string, number>()
  const exemplars: ParsedExemplar[] = []
  const histograms = new Map<string, { le: number; count: number }[]>()
  let current: string | undefined

  const enter = (name: string) => {
    if (name === current) return
    const before = current === undefined ? undefined : families.get(current)
    if (before !== undefined) before.closed = true
    if (families.get(name)?.closed) throw new Error(`the family ${name} is not in one place`)
    current = name
    if (!families.has(name)) families.set(name, { type: 'unknown', help: undefined, unit: undefined, closed: false })
  }

  for (const [index, line] of lines.entries()) {
    try {
      if (line.startsWith('# ')) readMetadata(line)
      else readSample(line)
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}: ${line.slice(0, 200)}`)
    }
  }
  for (const [series, buckets] of histograms) checkBuckets(series, buckets, samples, openMetrics)
  return { families, samples, exemplars }

  function readMetadata(line: string): void {
    const [, keyword = '', name = '', rest = ''] = /^# (HELP|TYPE|UNIT) (\S+)(?: (.*))?$/.exec(line) ?? []
    if (keyword === '') throw new Error('a comment that is no metadata')
    if (!METRIC_NAME.test(name)) throw new Error('no metric name')
    enter(name)
    const family = families.get(name)
    if (family === undefined) return
    if ([...samples.keys()].some((series) => series.startsWith(`${name}{`) || series === name))
      throw new Error('metadata after samples')
    if (keyword === 'HELP') {
      if (family.help !== undefined) throw new Error('a second HELP')
      family.help = unescaped(rest, openMetrics)
    } else if (keyword === 'TYPE') {
      if (family.type !== 'unknown') throw new Error('a second TYPE')
      if (!['counter', 'gauge', 'histogram', ...(openMetrics ? ['info'] : [])].includes(rest))
        throw new Error('no type')
      family.type = rest
    } else {
      if (!openMetrics) throw new Error('UNIT in text 0.0.4')
      if (!name.endsWith(`_${rest}`)) throw new Error('the unit is not the suffix of the name')
      family.unit = rest
    }
  }

  function readSample(line: string): void {
    const name = /^[^{ ]+/.exec(line)?.[0] ?? ''
    if (!METRIC_NAME.test(name)) throw new Error('no metric name')
    let rest = line.slice(name.length)
    let labels = new Map<string, string>()
    if (rest.startsWith('{')) {
      const read = readLabels(rest)
      labels = read.labels
      rest = read.rest
    }
    const [sample = '', exemplar] = rest.split(' # ', 2)
    const [, value = '', extra] = /^ (\S+)(.*)$/.exec(sample) ?? []
    if (!NUMBER.test(value)) throw new Error(`no number: ${value}`)
    if (extra !== '') throw new Error('something after the value')
    const family = families.get(current ?? '')
    if (family === undefined || current === undefined) throw new Error('a sample before its metadata')
    const base = openMetrics || family.type !== 'counter' ? current : current.replace(/_total$/, '')
    const suffixes = SUFFIXES[family.type] ?? ['']
    if (!suffixes.some((suffix) => name === base + suffix)) throw new Error(`not a sample of ${current}`)
    const number = numberOf(value)
    if (family.type === 'counter' && !(number >= 0)) throw new Error('a counter below 0')
    if (openMetrics && /_sum$/.test(name) && family.type === 'histogram' && !(number >= 0))
      throw new Error('a sum below 0')
    const series = seriesText(name, labels)
    if (samples.has(series)) throw new Error('a second sample of one series')
    samples.set(series, number)
    if (name.endsWith('_bucket') && family.type === 'histogram') noteBucket(name, labels, number)
    else if (labels.has('le') && family.type === 'histogram') throw new Error('le outside a bucket')
    if (exemplar !== undefined) noteExemplar(exemplar, series, labels, family.type)
  }

  function noteBucket(name: string, labels: Map<string, string>, count: number): void {
    const le = labels.get('le')
    if (le === undefined || !NUMBER.test(le)) throw new Error('a bucket without a bound')
    if (openMetrics && /^\d+$/.test(le)) throw new Error('a bound that is no float')
    const others = new Map([...labels].filter(([label]) => label !== 'le'))
    const series = seriesText(name.replace(/_bucket$/, ''), others)
    const buckets = histograms.get(series) ?? []
    buckets.push({ le: numberOf(le), count })
    histograms.set(series, buckets)
  }

  function noteExemplar(text: string, series: string, sampleLabels: Map<string, string>, type: string): void {
    if (!openMetrics) throw new Error('an exemplar in text 0.0.4')
    if (type !== 'counter' && !sampleLabels.has('le')) throw new Error('an exemplar on neither a counter nor a bucket')
    const { labels, rest } = readLabels(text)
    const [, value = '', timestamp = '1'] = /^ (\S+)(?: (\S+))?$/.exec(rest) ?? []
    if (!NUMBER.test(value) || !NUMBER.test(timestamp)) throw new Error('an exemplar without a number')
    if ([...labels].reduce((length, [key, label]) => length + [...key].length + [...label].length, 0) > 128)
      throw new Error('an exemplar of over 128 characters')
    const le = sampleLabels.get('le')
    if (le !== undefined && numberOf(value) > numberOf(le)) throw new Error('an exemplar outside its bucket')
    exemplars.push({ series, labels, value: numberOf(value) })
  }
}

function readLabels(text: string): { labels: Map<string, string>; rest: string } {
  const labels = new Map<string, string>()
  let at = 1
  while (text[at] !== '}') {
    const name = /^[^=]*/.exec(text.slice(at))?.[0] ?? ''
    if (!LABEL_NAME.test(name)) throw new Error(`no label name: ${name}`)
    if (name.startsWith('__')) throw new Error('a label that is reserved')
    if (labels.has(name)) throw new Error(`the label ${name} twice`)
    at += name.length
    if (text.slice(at, at + 2) !== '="') throw new Error('a label without a value')
    const value = /^(?:[^"\\\n]|\\[\\n"])*/.exec(text.slice(at + 2))?.[0] ?? ''
    at += 2 + value.length
    if (text[at] !== '"') throw new Error('a value that does not end, or a wrong escape')
    labels.set(name, unescaped(value, true))
    at += 1
    if (text[at] === ',') at += 1
    else if (text[at] !== '}') throw new Error('labels without a comma')
  }
  return { labels, rest: text.slice(at + 1) }
}

function unescaped(text: string, quotes: boolean): string {
  return text.replace(/\\(.)/g, (pair, character) => {
    if (character === 'n') return '\n'
    if (character === '\\' || (quotes && character === '"')) return character
    throw new Error(`the escape ${pair}`)
  })
}

function checkBuckets(
  series: string,
  buckets: readonly { le: number; count: number }[],
  samples: ReadonlyMap<string, number>,
  openMetrics: boolean,
): void {
  const brace = series.indexOf('{')
  const part = (suffix: string) => (brace < 0 ? series + suffix : series.slice(0, brace) + suffix + series.slice(brace))
  for (const [index, bucket] of buckets.entries()) {
    const before = buckets[index - 1]
    if (before !== undefined && (bucket.le <= before.le || bucket.count < before.count))
      throw new Error(`the buckets of ${series} do not rise`)
  }
  if (buckets.at(-1)?.le !== Number.POSITIVE_INFINITY) throw new Error(`${series} has no +Inf bucket`)
  if (buckets.at(-1)?.count !== samples.get(part('_count'))) throw new Error(`+Inf of ${series} is not its count`)
  if (!openMetrics && !samples.has(part('_sum'))) throw new Error(`${series} has no sum`)
}

function seriesText(name: string, labels: ReadonlyMap<string, string>): string {
  if (labels.size === 0) return name
  return `${name}{${[...labels]
    .sort()
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(',')}}`
}

function numberOf(text: string): number {
  return text.endsWith('Inf')
    ? text.startsWith('-')
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : Number(text)
}
