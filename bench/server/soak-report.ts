// Writes the report of a soak: what was asked, what was measured, and whether each requirement is met.
import { availableParallelism, cpus, loadavg } from 'node:os'
import { quantile } from '../statistics.ts'
import type { GoodTraffic } from './good-traffic.ts'
import type { Memory } from './memory-probe.ts'
import type { Tally } from './tally.ts'

interface Soaked {
  readonly minutes: number
  readonly limits: readonly string[]
  /** At equal intervals. */
  readonly samples: readonly Memory[]
  /** After the end, when all sessions are reaped and garbage is collected. */
  readonly rested: Memory
  readonly cpuSeconds: number
  readonly calls: Tally
  readonly attacks: Tally
  readonly good: Pick<GoodTraffic, 'answers' | 'failures'>
  readonly series: ReadonlyMap<string, number>
}

interface Requirement {
  readonly what: string
  readonly measured: string
  readonly met: boolean
}

const MIB = 2 ** 20
const POD_MIB = 384
const PARTS = 6
/** Of the last part's memory over that of the second. The first part fills caches and compiles code. */
const MOST_GROWTH = 1.1
/** The time-out of the manifests' probes. */
const SLOWEST_PROBE_MS = 3_000

export function soakReport(soaked: Soaked): { readonly text: string; readonly passed: boolean } {
  const { minutes, limits, samples, rested, good, attacks } = soaked
  const rows = countRows(soaked)
  const parts = partsOf(samples)
  const required = requirements(soaked, rows, parts)
  const text = `# Soak of the reference server

Written by \`npm run soak\` on ${new Date().toISOString().slice(0, 10)}: ${minutes} minutes, Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, load ${loadavg()[2]?.toFixed(1)} over the last 15 minutes.

One client behaves, and Prometheus and a kubelet ask as they do in a cluster; another client with a token of its own, and one without,
attack. The server runs with the heap of a small pod and with limits that one client can reach:
\`${limits.join(' ')}\`.

## Requirements

${table([['what', 'measured', ''], ...required.map(({ what, measured, met }) => [what, measured, met ? 'met' : 'missed'])])}

## Memory, in MiB

The time in ${PARTS} equal parts. After the end, with all sessions reaped and garbage collected, the process has ${mib(rested.rss)} MiB, of
which ${mib(rested.heap)} MiB are live objects. The server used ${soaked.cpuSeconds.toFixed(0)} s of CPU time.

${table([
  ['part', 'resident, median', 'resident, most', 'heap, median', 'heap, least', 'heap with free pages', 'buffers'],
  ...parts.map((part, index) => [
    String(index + 1),
    mib(median(part, 'rss')),
    mib(Math.max(...part.map(({ rss }) => rss))),
    mib(median(part, 'heap')),
    mib(Math.min(...part.map(({ heap }) => heap))),
    mib(median(part, 'committed')),
    mib(median(part, 'buffers')),
  ]),
])}

## Counts

Tool calls that a client saw answered, and what \`mcp_tool_calls_total\` has.

${table([['tool', 'status', 'answered', 'counted'], ...rows.map(({ tool, status, sent, counted }) => [tool, status, String(sent), String(counted)])])}

## Good traffic

${table([['request', 'answered', 'slowest, ms'], ...[...good.answers].map(([what, { count, slowest }]) => [what, String(count), slowest.toFixed(0)])])}
${
  good.failures.length === 0
    ? ''
    : `\n${good.failures
        .slice(0, 20)
        .map((line) => `- ${line}`)
        .join('\n')}\n`
}
## Hostile traffic

${table([['attack', 'times', 'answers'], ...attackRows(attacks)])}
`
  return { text, passed: required.every(({ met }) => met) }
}

function requirements(
  { good, series, samples }: Soaked,
  rows: readonly CountRow[],
  parts: readonly Memory[][],
): Requirement[] {
  const wrong = rows.filter(({ sent, counted }) => sent !== counted).length
  const growth = median(parts.at(-1) ?? [], 'rss') / median(parts[1] ?? [], 'rss')
  const peak = Math.max(...samples.map(({ rss }) => rss))
  const probes = ['/health', '/ready', '/metrics']
  const slowest = Math.max(...probes.map((path) => good.answers.get(path)?.slowest ?? Number.POSITIVE_INFINITY))
  const active = [...series]
    .filter(([name]) => name.startsWith('mcp_active_requests{'))
    .reduce((all, [, value]) => all + value, 0)
  return [
    {
      what: `memory is flat: the last part over the second at most ${MOST_GROWTH}`,
      measured: growth.toFixed(2),
      met: growth <= MOST_GROWTH,
    },
    { what: `memory stays below the pod's ${POD_MIB} MiB`, measured: `${mib(peak)} MiB`, met: peak < POD_MIB * MIB },
    {
      what: 'counts are exact',
      measured: `${rows.length - wrong} of ${rows.length} series`,
      met: wrong === 0 && rows.length > 0,
    },
    { what: 'no call is left active', measured: String(active), met: active === 0 },
    {
      what: 'every probe, scrape and call of the good client is answered',
      measured: `${good.failures.length} failures`,
      met: good.failures.length === 0,
    },
    {
      what: `each probe is answered within ${SLOWEST_PROBE_MS / 1_000} s`,
      measured: `${slowest.toFixed(0)} ms`,
      met: slowest <= SLOWEST_PROBE_MS,
    },
  ]
}

interface CountRow {
  readonly tool: string
  readonly status: string
  readonly sent: number
  readonly counted: number
}

function countRows({ calls, series }: Soaked): CountRow[] {
  const counted = new Map<string, number>(
    [...series].flatMap(([name, value]) => {
      const [, status, tool] = /^mcp_tool_calls_total\{status="(\w+)",tool_name="(\w+)"\}$/.exec(name) ?? []
      return status === undefined ? [] : [[`${tool} ${status}`, value] as const]
    }),
  )
  const keys = new Set<string>([
    ...calls.entries().map(([key]) => key),
    ...[...counted].filter(([, value]) => value > 0).map(([key]) => key),
  ])
  return [...keys].toSorted().map((key) => {
    const [tool = '', status = ''] = key.split(' ')
    return { tool, status, sent: calls.get(key), counted: counted.get(key) ?? 0 }
  })
}

/** The samples of equal parts of the time. */
function partsOf(samples: readonly Memory[]): Memory[][] {
  const size = samples.length / PARTS
  return Array.from({ length: PARTS }, (_, part) =>
    samples.slice(Math.floor(part * size), Math.floor((part + 1) * size)),
  )
}

function attackRows(attacks: Tally): string[][] {
  const byName = Map.groupBy(attacks.entries(), ([key]) => key.split('\t')[0] ?? '')
  return [...byName].map(([name, entries]) => {
    const answers = entries.filter(([key]) => !key.endsWith('\tattacks'))
    return [
      name,
      String(attacks.get(`${name}\tattacks`)),
      answers.map(([key, count]) => `${count} × ${key.split('\t')[1]}`).join(', ') || 'sockets are held',
    ]
  })
}

function median(part: readonly Memory[], figure: keyof Memory): number {
  return quantile(
    part.map((sample) => sample[figure]),
    0.5,
  )
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0)
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
