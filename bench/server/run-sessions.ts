// Measures what 10,000 sessions cost and how much memory comes back, prints it next to the targets, and without `--quick` writes
// bench/sessions.md. `--quick` opens a tenth.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Step } from './measure-sessions.ts'
import { measureSessions } from './measure-sessions.ts'
import type { Memory } from './memory-probe.ts'

const quick = process.argv.includes('--quick')
const SESSIONS = quick ? 1_000 : 10_000
const PLAN = { sessions: SESSIONS, ttlSeconds: quick ? 30 : 300, laterSeconds: quick ? 5 : 60 }
const MOST_BYTES = 20_000
const LEAST_BACK = 0.9

const load = loadavg()[0]?.toFixed(1)
const measured = await measureSessions(PLAN)
const { before, open, reaped, later } = measured

/** Of the memory that sessions added, the part that is free again. */
const back = (figure: keyof Memory, step: Step) => {
  const { [figure]: base } = before.collected
  return 1 - (measured[step].collected[figure] - base) / (open.collected[figure] - base)
}
const each = (figure: keyof Memory) => (open.collected[figure] - before.collected[figure]) / SESSIONS
const TARGETS = [
  ['heap for each session', `≤ ${kB(MOST_BYTES)}`, kB(each('heap')), each('heap') <= MOST_BYTES],
  ['resident memory for each session', `≤ ${kB(MOST_BYTES)}`, kB(each('rss')), each('rss') <= MOST_BYTES],
  [
    `heap given back ${PLAN.laterSeconds} s later`,
    percent(LEAST_BACK),
    percent(back('heap', 'later')),
    back('heap', 'later') >= LEAST_BACK,
  ],
  [
    `resident memory given back ${PLAN.laterSeconds} s later`,
    percent(LEAST_BACK),
    percent(back('rss', 'later')),
    back('rss', 'later') >= LEAST_BACK,
  ],
] as const

const STEPS = [
  ['before the first session, after a warm-up', before],
  [`with ${SESSIONS.toLocaleString('en')} sessions open and used`, open],
  ['after the last was reaped', reaped],
  [`${PLAN.laterSeconds} s later`, later],
] as const

const text = `# Memory of sessions

Written by \`npm run bench:sessions\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, load ${load} at the start and ${loadavg()[0]?.toFixed(1)} at the end.

A client opens ${SESSIONS.toLocaleString('en')} sessions of \`mcp-vitals-server\`, calls \`hello_world\` once in each, and leaves them; the server reaps them when
they have been idle for ${PLAN.ttlSeconds} s. Memory is read in the server's process, in MB: resident memory, and the heap that JavaScript uses. V8
collects garbage when it needs room and not when a session ends, so each step is read twice: as it is, with the garbage of the
requests, and after a collection of all that can be freed, which the benchmark asks for. Targets are about the second: what sessions
hold. The first is bounded by \`--max-old-space-size\`, whatever the number of requests.

${table([['', 'resident', 'heap', 'resident, collected', 'heap, collected'], ...STEPS.map(([step, { asItIs, collected }]) => [step, MB(asItIs.rss), MB(asItIs.heap), MB(collected.rss), MB(collected.heap)])])}

## Targets

${table([['what', 'target', 'measured', ''], ...TARGETS.map(([what, target, figure, met]) => [what, target, figure, met ? 'met' : 'missed'])])}
`
console.log(text)
if (!quick) writeFileSync(new URL('../sessions.md', import.meta.url), text)
process.exitCode = TARGETS.every(([, , , met]) => met) ? 0 : 1

function kB(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`
}

function MB(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `| --- |${' ---: |'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}
