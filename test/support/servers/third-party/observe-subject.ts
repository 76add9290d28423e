// Compares a third-party server with mcp-vitals to the same server without: counts, replies, stdout and the time to exit.
import type { Run, RunOptions } from './run-subject.ts'
import { runSubject } from './run-subject.ts'
import type { RunnableSubject } from './subject.ts'

/** Counts by tool and how it ended, such as `add success`. */
export type Tally = Readonly<Record<string, number>>

export interface Observation {
  /** Requests of every method. */
  readonly requestsSent: number
  readonly requestsCounted: number
  readonly expected: Tally
  readonly counted: Tally
  readonly scrapes: number
  readonly connections: number
  readonly replies: { readonly with: readonly string[]; readonly without: readonly string[] }
  readonly strayLines: { readonly with: readonly string[]; readonly without: readonly string[] }
  /** Medians in milliseconds. */
  readonly exitMs: { readonly with: number; readonly without: number }
  /** What mcp-vitals reported on stderr. */
  readonly reported: readonly string[]
}

export interface ObserveOptions extends Pick<RunOptions, 'folder' | 'transport'> {
  /** Runs of each kind. */
  readonly runs: number
  /** Stops as soon as it is certain that the median with mcp-vitals is at most this much later, however the other runs end. */
  readonly laterMs?: number
}

/** The runs alternate, so that a busy machine slows both alike. */
export async function observeSubject(
  subject: RunnableSubject,
  { folder, transport, runs, laterMs }: ObserveOptions,
): Promise<Observation> {
  const observed = await runSubject(subject, { folder, transport, kind: 'with', isObserved: true })
  const bare = await runSubject(subject, { folder, transport, kind: 'without' })
  const exits = { with: [observed.exitMs], without: [bare.exitMs] }
  for (let run = 1; run < runs; run += 1) {
    if (laterMs !== undefined && isDecided(exits, runs, laterMs)) break
    for (const kind of ['with', 'without'] as const)
      exits[kind].push((await runSubject(subject, { folder, transport, kind })).exitMs)
  }
  return {
    requestsSent: total(Object.fromEntries(observed.sent)),
    requestsCounted: total(Object.fromEntries(series(observed.samples, 'mcp_client_requests_total'))),
    expected: expectedTally(subject, observed),
    counted: countedTally(observed.samples),
    scrapes: observed.scrapes,
    connections: observed.connections,
    replies: { with: observed.replies, without: bare.replies },
    strayLines: { with: observed.strayLines, without: bare.strayLines },
    exitMs: { with: median(exits.with), without: median(exits.without) },
    reported: observed.stderr.match(/^mcp-vitals: (?!metrics at ).*/gm) ?? [],
  }
}

export function total(counts: Tally): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** A majority of the runs fixes the medians: later ones raise neither above the slowest run so far, nor lower it below the fastest. */
function isDecided(exits: Readonly<Record<'with' | 'without', readonly number[]>>, runs: number, laterMs: number) {
  return exits.with.length > runs / 2 && Math.max(...exits.with) <= Math.min(...exits.without) + laterMs
}

function expectedTally({ calls }: RunnableSubject, { tools }: Run): Tally {
  const seen = calls.filter(({ counts }) => counts !== 'nothing')
  return tally(seen.map(({ tool, counts }) => [`${tools.has(tool) ? tool : '_OTHER'} ${counts}`, 1]))
}

/** Errors by their type; every other call by its status. */
function countedTally(samples: ReadonlyMap<string, number>): Tally {
  const named = (name: string, label: string) =>
    series(samples, name).map(([key, value]) => [`${labelIn(key, 'tool_name')} ${labelIn(key, label)}`, value] as const)
  const others = named('mcp_tool_calls_total', 'status').filter(([key]) => !key.endsWith(' error'))
  return tally([...others, ...named('mcp_tool_errors_total', 'error_type')])
}

/** The series of a name that are not 0. */
function series(samples: ReadonlyMap<string, number>, name: string): [string, number][] {
  return [...samples].filter(([key, value]) => key.startsWith(`${name}{`) && value > 0)
}

function labelIn(key: string, label: string): string {
  return new RegExp(`[{,]${label}="([^"]*)"`).exec(key)?.[1] ?? ''
}

function tally(entries: readonly (readonly [string, number])[]): Tally {
  const sums = new Map<string, number>()
  for (const [key, value] of entries) sums.set(key, (sums.get(key) ?? 0) + value)
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
