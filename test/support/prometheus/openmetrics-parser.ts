// An exposition in, its families and samples out, or the line that no strict reader would take. Written from the two
// formats' specifications, apart from what writes them.

export const FORMATS = ['text', 'openmetrics'] as const
export type Format = (typeof FORMATS)[number]

export interface ParsedSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  readonly exemplar: ParsedExemplar | undefined
}

export interface ParsedExemplar {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  readonly unixSeconds: number | undefined
}

export interface ParsedFamily {
  readonly name: string
  type: string
  help: string | undefined
  unit: string | undefined
  readonly samples: ParsedSample[]
}

export interface ParsedExposition {
  readonly families: ReadonlyMap<string, ParsedFamily>
  /** Every sample by its series: the name, and the labels in alphabetical order as JSON. */
  readonly series: ReadonlyMap<string, ParsedSample>
  /** The value of a sample; undefined if there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/
const TYPES: Record<Format, readonly string[]> = {
  text: ['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  openmetrics: ['counter', 'gauge', 'histogram', 'info', 'unknown'],
}
const SUFFIXES: Record<Format, Readonly<Record<string, readonly string[]>>> = {
  text: { histogram: ['_bucket', '_sum', '_count'] },
  openmetrics: { counter: ['_total'], histogram: ['_bucket', '_sum', '_count'], info: ['_info'] },
}

/** @throws {Error} naming the line and the rule. */
export function parseExposition(text: string, format: Format): ParsedExposition {
  if (!text.isWellFormed()) throw new Error('not well-formed Unicode')
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const lines = text.slice(0, -1).split('\n')
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF at the end')
  const families = new Map<string, ParsedFamily>()
  const series = new Map<string, ParsedSample>()
  let current: ParsedFamily | undefined
  lines.forEach((line, index) => {
    try {
      current = line.startsWith('#')
        ? readComment(line, format, families, current)
        : readSample(line, format, current, series)
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}: ${line.slice(0, 300)}`)
    }
  })
  for (const family of families.values()) checkFamily(family, format)
  if (format === 'openmetrics') checkNames([...families.values()])
  return {
    families,
    series,
    value: (name, labels = {}) => series.get(seriesId(name, new Map(Object.entries(labels))))?.value,
  }
}

function readComment(
  line: string,
  format: Format,
  families: Map<string, ParsedFamily>,
  current: ParsedFamily | undefined,
): ParsedFamily {
  const [, word = '', name = '', rest] = /^# (HELP|TYPE|UNIT) (\S+)(?: (.*))?$/s.exec(line) ?? []
  check(word !== '' && NAME.test(name) && rest !== undefined, 'neither HELP, TYPE nor UNIT')
  let family = families.get(name)
  check(family === undefined || family === current, 'the family is not in one piece')
  if (family === undefined) {
    family = { name, type: '', help: undefined, unit: undefined, samples: [] }
    families.set(name, family)
  }
  check(family.samples.length === 0, 'metadata after samples')
  if (word === 'HELP') {
    check(family.help === undefined, 'HELP twice')
    family.help = unescaped(rest ?? '', format === 'text' ? '\\n' : '\\n"')
  } else if (word === 'TYPE') {
    check(family.type === '', 'TYPE twice')
    check(TYPES[format].includes(rest ?? ''), 'no such type')
    family.type = rest ?? ''
  } else {
    check(format === 'openmetrics' && family.unit === undefined, 'UNIT')
    check(rest !== '' && name.endsWith(`_${rest}`), 'the name does not end with the unit')
    family.unit = rest
  }
  return family
}

function readSample(
  line: string,
  format: Format,
  family: ParsedFamily | undefined,
  series: Map<string, ParsedSample>,
): ParsedFamily {
  const name = /^[^{ ]*/.exec(line)?.[0] ?? ''
  check(NAME.test(name), 'no metric name')
  check(family !== undefined && family.type !== '', 'a sample without TYPE')
  const suffixes = SUFFIXES[format][family?.type ?? ''] ?? ['']
  check(
    suffixes.some((suffix) => name === `${family?.name}${suffix}`),
    `no sample of a ${family?.type} ${family?.name}`,
  )
  const { labels, end } = readLabels(line, name.length)
  const [value = '', ...more] = line.slice(end).split(' # ')
  check(value.startsWith(' ') && NUMBER.test(value.slice(1)), 'no number')
  check(more.length === 0 || (more.length === 1 && format === 'openmetrics'), 'more than a number')
  const mayHaveExemplar = name.endsWith('_bucket') || (family?.type === 'counter' && name.endsWith('_total'))
  check(more.length === 0 || mayHaveExemplar, 'an exemplar on neither bucket nor counter')
  const sample = {
    name,
    labels,
    value: toNumber(value.slice(1)),
    exemplar: more[0] === undefined ? undefined : readExemplar(more[0]),
  }
  const id = seriesId(name, labels)
  check(!series.has(id), 'the series is there twice')
  series.set(id, sample)
  family?.samples.push(sample)
  return family as ParsedFamily
}

function readLabels(line: string, start: number): { labels: Map<string, string>; end: number } {
  const labels = new Map<string, string>()
  if (line[start] !== '{') return { labels, end: start }
  let at = start + 1
  while (line[at] !== '}') {
    if (labels.size > 0) {
      check(line[at] === ',', 'no comma between labels')
      at += 1
    }
    const equals = line.indexOf('="', at)
    const label = line.slice(at, equals)
    check(equals > 0 && LABEL.test(label), 'no label name')
    check(!label.startsWith('__'), 'a reserved label name')
    check(!labels.has(label), 'a label twice')
    at = equals + 2
    const from = at
    while (line[at] !== '"') {
      check(at < line.length, 'a label value does not end')
      at += line[at] === '\\' ? 2 : 1
    }
    labels.set(label, unescaped(line.slice(from, at), '\\n"'))
    at += 1
  }
  check(labels.size > 0, 'empty braces')
  return { labels, end: at + 1 }
}

function readExemplar(text: string): ParsedExemplar {
  const { labels, end } = readLabels(text, 0)
  const characters = [...labels].flatMap(([label, value]) => [...label, ...value]).length
  check(end > 0 && characters <= 128, 'the labels of an exemplar are missing or too long')
  const [empty, value = '', unixSeconds, ...more] = text.slice(end).split(' ')
  check(empty === '' && more.length === 0 && NUMBER.test(value), 'no exemplar value')
  check(unixSeconds === undefined || /^\d+(\.\d+)?$/.test(unixSeconds), 'no exemplar time')
  return { labels, value: toNumber(value), unixSeconds: unixSeconds === undefined ? undefined : Number(unixSeconds) }
}

function checkFamily({ name, type, samples }: ParsedFamily, format: Format): void {
  check(type !== '' && samples.length > 0, `${name} has no type or no samples`)
  if (type === 'counter') {
    for (const { value } of samples) check(value >= 0, `${name} is a counter of ${value}`)
  }
  if (type === 'info') for (const { value } of samples) check(value === 1, `${name} is an info of ${value}`)
  if (type !== 'histogram') return
  const done = new Set<string>()
  let group: { id: string; samples: ParsedSample[] } | undefined
  const close = () => group && checkHistogram(name, group.samples, format)
  for (const sample of samples) {
    const labels = new Map(sample.labels)
    if (sample.name.endsWith('_bucket')) check(labels.delete('le'), `${name} has a bucket without le`)
    else check(!labels.has('le'), `${name} has le beside buckets`)
    const id = seriesId(name, labels)
    if (group?.id !== id) {
      close()
      check(!done.has(id), `${name} has a histogram in pieces`)
      done.add(id)
      group = { id, samples: [] }
    }
    group.samples.push(sample)
  }
  close()
}

function checkHistogram(name: string, samples: readonly ParsedSample[], format: Format): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`)
  const sum = samples.find((sample) => sample.name === `${name}_sum`)?.value
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value
  let bound = Number.NEGATIVE_INFINITY
  let counted = 0
  for (const { labels, value, exemplar } of buckets) {
    const text = labels.get('le') ?? ''
    const le = toNumber(text)
    check(/^\+Inf$|[.e]/.test(text), `${name} has a bound that is no float: ${text}`)
    check(le > bound && value >= counted && Number.isInteger(value), `${name} has buckets out of order`)
    if (exemplar !== undefined) check(exemplar.value > bound && exemplar.value <= le, `${name} has a strange exemplar`)
    bound = le
    counted = value
  }
  check(bound === Number.POSITIVE_INFINITY, `${name} has no +Inf bucket`)
  check(count === undefined || count === counted, `${name} counts ${count} and ${counted}`)
  check(sum === undefined || sum >= 0, `${name} has a sum of ${sum}`)
  const negative = buckets.some(({ labels }) => toNumber(labels.get('le') ?? '') < 0)
  check(!negative || sum === undefined, `${name} has negative buckets and a sum`)
  if (format === 'openmetrics') check((sum === undefined) === (count === undefined), `${name} has no sum or no count`)
  else check(count !== undefined, `${name} has no count`)
}

/** "A MetricFamily name [...] MUST NOT result in a potential clash for sample metric names" (OpenMetrics 1.0). */
function checkNames(families: readonly ParsedFamily[]): void {
  const seen = new Map<string, string>()
  const kept: Record<string, readonly string[]> = {
    counter: ['_total', '_created'],
    histogram: ['_bucket', '_sum', '_count', '_created'],
    info: ['_info'],
  }
  for (const { name, type } of families) {
    for (const suffix of ['', ...(kept[type] ?? [])]) {
      check(!seen.has(name + suffix), `${name + suffix} of ${name} is also of ${seen.get(name + suffix)}`)
      seen.set(name + suffix, name)
    }
  }
}

function unescaped(text: string, allowed: string): string {
  return text.replace(/\\(.?)/gsu, (_, escaped: string) => {
    check(escaped !== '' && allowed.includes(escaped), `the escape \\${escaped}`)
    return escaped === 'n' ? '\n' : escaped
  })
}

function seriesId(name: string, labels: ReadonlyMap<string, string>): string {
  return name + JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

function check(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(rule)
}
