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

Each contender runs in its own process. In each round, all contenders run one after the other. Ratios are medians of the ratios within a
round. Other figures are medians of the rounds, with their quartiles in brackets. A busy machine makes times longer, and stalls most of all.
Ratios change less. So compare the load when you compare two runs.
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
