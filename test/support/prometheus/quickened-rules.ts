// A file of rules as it is shipped in, the same at thirty times the pace out: `for`, windows, offsets and intervals are divided, and
// nothing else is touched, thresholds least of all. And the check of that, which knows the files by their structure.
import { parse } from 'yaml'

/** So that the 5 minutes of MCPServerDown are 10 s, and the 30 s between evaluations 1 s. */
export const PACE = 30

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

export function inSeconds(duration: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? []
  if (unit === undefined) throw new Error(`${duration} is no duration that the rules use`)
  return Number(count) * SECONDS[unit as keyof typeof SECONDS]
}

function quicker(duration: string): string {
  const seconds = inSeconds(duration) / PACE
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`
}

/** The one substitution. */
export function quickened(rules: string): string {
  return rules
    .replace(/^( *(?:for|keep_firing_for|interval): )(\d+[smhd])$/gm, (_, key, duration) => key + quicker(duration))
    .replace(/(\[|\boffset )(\d+[smhd])\b/g, (_, before, duration) => before + quicker(duration))
}

/** What differs between the two besides durations at that pace, by the places where it stands. */
export function otherDifferences(shipped: string, used: string): string[] {
  return differing(parse(shipped), parse(used), '')
}

function differing(shipped: unknown, used: unknown, place: string): string[] {
  if (typeof shipped === 'object' && shipped !== null && typeof used === 'object' && used !== null) {
    const [left, right] = [shipped, used] as [Record<string, unknown>, Record<string, unknown>]
    const keys = new Set([...Object.keys(left), ...Object.keys(right)])
    return [...keys].flatMap((key) => differing(left[key], right[key], `${place}/${key}`))
  }
  if (shipped === used) return []
  if (typeof shipped !== 'string' || typeof used !== 'string') return [place]
  if (/\/(for|keep_firing_for|interval)$/.test(place)) return atPace(shipped, used) ? [] : [place]
  if (!place.endsWith('/expr')) return [place]
  const [left, right] = [shipped, used].map((text) => text.split(/(?<=\[|\boffset )(\d+\w+)/)) as [string[], string[]]
  // Every second piece is a duration.
  const same =
    left.length === right.length &&
    left.every((piece, at) => (at % 2 === 0 ? piece === right[at] : atPace(piece, right[at] ?? '')))
  return same ? [] : [place]
}

function atPace(shipped: string, used: string): boolean {
  const seconds = used.endsWith('ms') ? Number(used.slice(0, -2)) / 1000 : inSeconds(used)
  return Math.abs(inSeconds(shipped) / PACE - seconds) < 0.001
}
