// Counts the CPU time that this process spends in the code of mcp-vitals, by V8's sampling profiler.
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { pathToFileURL } from 'node:url'

const INTERVAL_US = 100
const OURS = pathToFileURL(`${import.meta.dirname}/../src/`).href

/** Starts to sample; the result stops it and returns microseconds. */
export async function profileOurCode(): Promise<() => Promise<number>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    if (process.env['BENCH_PROFILE'] !== undefined) printTop(profile)
    return sum(profile, (owner) => isOurs(owner))
  }
}

/** A sample belongs to the innermost function that is in a file: what Node.js and JavaScript do for it is its own time. */
function sum({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, wanted: (url: string) => boolean): number {
  const owners = new Map<number, string>()
  const walk = (id: number, outer: string) => {
    const node = byId.get(id)
    if (node === undefined) return
    const { url, functionName } = node.callFrame
    // The collector works for everybody.
    const owner = functionName === '(garbage collector)' ? '' : isFile(url) ? url : outer
    owners.set(id, owner)
    for (const child of node.children ?? []) walk(child, owner)
  }
  const byId = new Map(nodes.map((node) => [node.id, node]))
  walk(nodes[0]?.id ?? 0, '')
  return samples.reduce((total, id, index) => total + (wanted(owners.get(id) ?? '') ? (timeDeltas[index] ?? 0) : 0), 0)
}

function isFile(url: string): boolean {
  return url.startsWith('file:') || url.startsWith('wasm:')
}

function isOurs(url: string): boolean {
  return url.startsWith(OURS) || url.startsWith('wasm:')
}

/** With `BENCH_PROFILE` set, our most expensive functions. */
function printTop({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const frame = byId.get(id)?.callFrame
    if (frame === undefined || !isOurs(frame.url)) return
    const name = `${frame.functionName || '(anonymous)'} ${frame.url.slice(OURS.length)}:${frame.lineNumber + 1}`
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, 25)
  for (const [name, us] of top) console.error(`${(us / 1e3).toFixed(1).padStart(8)} ms  ${name}`)
}
