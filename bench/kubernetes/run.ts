// Measures what pods cost as they become more, prints it beside the targets, and without `--quick` writes bench/kubernetes.md.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { quantile } from '../statistics.ts'
import type { Figures } from './measure.ts'
import { measureCluster } from './measure.ts'

const quick = process.argv.includes('--quick')
const SIZES = quick ? [200, 2_000] : [200, 2_000, 20_000]
const ROUNDS = quick ? 1 : 3
const MIB = 2 ** 20

/** Of 2,000 pods. */
const TARGETS = [
  { what: 'diagnose_namespace', figure: 'diagnosis', unit: 'ms', most: 1_000 },
  { what: 'memory that it adds', figure: 'diagnosisMemory', unit: 'MiB', most: 150 },
  { what: "the exporter's first sync", figure: 'sync', unit: 'ms', most: 2_000 },
] as const satisfies readonly { what: string; figure: keyof Figures; unit: string; most: number }[]

const COLUMNS = [
  ['diagnosis, ms', 'diagnosis'],
  ['adds, MiB', 'diagnosisMemory'],
  ['stall, ms', 'diagnosisStall'],
  ['first sync, ms', 'sync'],
  ['exporter, MiB', 'syncMemory'],
  ['at most, MiB', 'syncPeak'],
  ['stall, ms', 'syncStall'],
] as const satisfies readonly (readonly [head: string, figure: keyof Figures])[]

const load = loadavg()[0]?.toFixed(1)
const rounds = new Map<number, Figures[]>(SIZES.map((pods) => [pods, []]))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [pods, figures] of rounds) figures.push(await measureCluster(pods))
}

const text = `# Benchmark of the Kubernetes side

Written by \`npm run bench:kubernetes\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, load ${load} at the start and ${loadavg()[0]?.toFixed(1)} at the end. A busy machine makes all times longer, except the CPU time of stalls.

The simulated cluster, the reference server and the exporter each run in their own process, which is new in each round. They communicate over
HTTP on loopback. An MCP client calls \`diagnose_namespace\` once, on one namespace with all pods; every twentieth pod crashes. Figures are
medians of ${ROUNDS} rounds. Times include the response time of the simulated cluster.

- "Adds" is the peak memory of the server's process minus its memory before the call.
- "First sync" is the time from the start of the exporter to the first \`/ready\` with 200, without loading its code. Its memory is that of the
  whole process.
- A stall is the longest block of the event loop, in CPU time.

${table([['pods', ...COLUMNS.map(([head]) => head)], ...SIZES.map((pods) => [String(pods), ...COLUMNS.map(([, figure]) => shown(figure, median(pods, figure)))])])}

## How it grows

The cost of ten times as many pods, as a factor. A factor of 10 is proportional growth.

${table([['pods', ...COLUMNS.map(([head]) => head)], ...SIZES.slice(1).map((pods, at) => [`${SIZES[at]} → ${pods}`, ...COLUMNS.map(([, figure]) => ratio(pods, SIZES[at] ?? pods, figure))])])}

## Targets, at 2,000 pods

${table([['what', 'target', 'measured', ''], ...TARGETS.map(({ what, figure, unit, most }) => [what, `≤ ${most} ${unit}`, `${shown(figure, median(2_000, figure))} ${unit}`, inUnit(figure, median(2_000, figure)) <= most ? 'met' : 'missed'])])}
`
console.log(text)
if (!quick) writeFileSync(new URL('../kubernetes.md', import.meta.url), text)

function median(pods: number, figure: keyof Figures): number {
  return quantile(
    (rounds.get(pods) ?? []).map((figures) => figures[figure]),
    0.5,
  )
}

function inUnit(figure: keyof Figures, value: number): number {
  return /Memory|Peak/.test(figure) ? value / MIB : value
}

function shown(figure: keyof Figures, value: number): string {
  return inUnit(figure, value).toFixed(0)
}

function ratio(pods: number, fewer: number, figure: keyof Figures): string {
  return (median(pods, figure) / median(fewer, figure)).toFixed(1)
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `| --- |${' ---: |'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}
