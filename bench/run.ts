// Runs the comparisons, prints their tables and writes them with their plots to results.md. `--quick` and `--only <text>` only print; the
// latter runs the comparisons that have this text in their titles or in their lines of the summary.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { allComparisons } from './comparisons/all-comparisons.ts'
import type { Aim } from './comparisons/comparison.ts'
import { pinThis } from './pinned.ts'
import { plot } from './plot.ts'
import type { Column } from './report.ts'
import { table } from './report.ts'
import type { Measured } from './rounds.ts'
import { summary } from './summary.ts'

const { quick, only } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
}).values

interface Result {
  readonly title: string
  readonly shown: string
  readonly aims: readonly Aim[]
  readonly measured: readonly Measured[]
  readonly column: Column | undefined
}

const startedAt = performance.now()
const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(0)

checkCopies()
const isPinned = pinThis()
const chosen = allComparisons(quick).filter(({ title, summary: aims }) =>
  [title, ...aims.map((aim) => aim.title)].some((name) => name.includes(only)),
)
if (chosen.length === 0) throw new Error(`no comparison has "${only}" in its title`)
const machine = `Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)} at the start`

const results: Result[] = []
for (const { title, note, columns, summary: aims, run } of chosen) {
  const measured = await run()
  const shown = `## ${title}\n\n${note}\n\n${table(measured, columns)}\n`
  console.log(`${shown}\n(${seconds()} s)\n`)
  results.push({ title, shown, aims, measured, column: columns[0] })
}
const overview = summary(results)
console.log(`## Summary\n\n${overview}`)
if (!quick && only === '') write()
console.log(`Took ${seconds()} s.`)

function write(): void {
  const plots = new URL('./plots/', import.meta.url)
  rmSync(plots, { recursive: true, force: true })
  mkdirSync(plots)
  const parts = results.map(({ title, shown, measured, column }) => {
    if (column === undefined) return shown
    const file = `${title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')}.svg`
    writeFileSync(new URL(file, plots), plot(title, measured, column))
    return `${shown}\n![${title.replaceAll('`', '')}: ${column.head}](plots/${file})\n`
  })
  const intro = `# Benchmark

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}. The run took ${(Number(seconds()) / 60).toFixed(0)} minutes.

Each contender runs in its own process${isPinned ? ', on another CPU than the benchmark' : ''}. In each round, all contenders run one after the other. Ratios are medians of
the ratios within a round. Other figures are medians of the rounds, with their quartiles in brackets. "Bare again" is a second process without
telemetry: its distance from 1 is what the ratios cannot resolve. A busy machine makes times longer, and stalls most of all. Ratios change less.
So compare the load when you compare two runs.

## Summary

The control is "bare again". A target is what mcp-vitals should reach; figures that miss it say so.

${overview}
`
  writeFileSync(new URL('./results.md', import.meta.url), [intro, ...parts].join('\n'))
}

/** Two copies of `sdk-metrics` take more time and memory, and do not know each other's readers. */
function checkCopies(): void {
  const ours = createRequire(new URL('../package.json', import.meta.url))
  const theirs = createRequire(ours.resolve('@opentelemetry/exporter-prometheus'))
  if (ours.resolve('@opentelemetry/sdk-metrics') !== theirs.resolve('@opentelemetry/sdk-metrics')) {
    throw new Error('there are two copies of @opentelemetry/sdk-metrics')
  }
}
