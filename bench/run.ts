// Runs the comparisons and prints their tables. A whole run also writes them to bench/results.md: without `--quick`, and without
// `--only <text>`, which runs the comparisons with this text in their titles.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { comparisons } from './measurements.ts'
import { table } from './report.ts'
import { interleave } from './rounds.ts'

const quick = process.argv.includes('--quick')
const only = process.argv[process.argv.indexOf('--only') + 1]
const chosen = comparisons(quick).filter(({ title }) => !process.argv.includes('--only') || title.includes(only ?? ''))
const startedAt = performance.now()
const intro = `# Benchmark

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)} at the start.

One run, each contender in a process of its own, all of them in turn within every round. Ratios are medians of the ratios
inside a round; figures are medians of the rounds, with their quartiles in brackets. A busy machine stretches what is
measured by the clock, stalls most of all, and by more than it stretches the ratios: compare the load.
`
const parts = [intro]
console.log(intro)
for (const comparison of chosen) {
  const measured = await interleave(comparison)
  const part = `## ${comparison.title}\n\n${comparison.note}\n\n${table(measured, comparison.columns)}\n`
  parts.push(part)
  console.log(part)
}
if (!quick && !process.argv.includes('--only'))
  writeFileSync(new URL('./results.md', import.meta.url), parts.join('\n'))
console.log(`Took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`)
