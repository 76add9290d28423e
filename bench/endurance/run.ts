// Checks exactness and memory over millions of measurements, and writes bench/endurance.md: `npm run bench:endurance`. `-- --quick` makes a
// hundredth of it and only prints. Fails if a scrape or a total is wrong, or if the heap grows.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { startChild } from '../child.ts'
import { markdownTable } from '../report.ts'
import { measureHeap } from './measure-heap.ts'
import { recordBesideScrapers } from './record-beside-scrapers.ts'

const isQuick = process.argv.includes('--quick')
const RECORDINGS = isQuick ? 20_000 : 2_000_000
const CALLS = isQuick ? 10_000 : 1_000_000
const SCRAPERS = 4
/** Megabytes for 100,000 calls. */
const MOST_GROWTH = 1

const recorder = await startChild('ours')
const exact = await recordBesideScrapers(recorder, RECORDINGS, SCRAPERS).finally(recorder.stop)
const server = await startChild('ours')
const heap = await measureHeap(server, CALLS, 20).finally(server.stop)

const number = (value: number) => value.toLocaleString('en')
const text = `# Exactness and memory under load

Written by \`npm run bench:endurance\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${cpus()[0]?.model.trim()}. The command fails if a figure is not as stated.

## ${number(exact.recordings)} recordings next to ${SCRAPERS} scrapers

One process records in a counter and in a histogram with 1,000 series each, while ${SCRAPERS} scrapers read its /metrics again and again. In each scrape, the
total of both is at least what was recorded before the scrape began and at most what was recorded when it ended, no series goes down, and the
buckets of each series agree with its count.

${markdownTable(
  ['', 'scrapes', 'inconsistent', 'recorded', 'in the last scrape'],
  [
    ['counter', number(exact.scrapes), '0', number(exact.recordings / 2), number(exact.counter)],
    ['histogram', number(exact.scrapes), '0', number(exact.recordings / 2), number(exact.histogram)],
  ],
)}

## ${number(CALLS)} tool calls

One server with \`instrumentMcpServer\` and \`startTelemetry\`. The live heap is read after a garbage collection, each ${number(CALLS / 20)} calls, with a scrape in
between. The growth is the slope of the line through all readings after the first.

| calls | live heap, MB |
| ----: | ------------: |
${heap.readings.map(({ calls, megabytes }) => `| ${number(calls)} | ${megabytes.toFixed(2)} |`).join('\n')}

Growth: **${heap.slope.toFixed(3)} MB for 100,000 calls** (at most ${MOST_GROWTH}).
`
console.log(text)
if (!isQuick) writeFileSync(new URL('../endurance.md', import.meta.url), text)
// Few calls say nothing about a slope: what is made once weighs the same.
if (!isQuick && heap.slope > MOST_GROWTH) throw new Error(`the heap grows by ${heap.slope} MB for 100,000 calls`)
