// Slows down senders of wrong tokens, and reports them once a minute.
import type { Telemetry } from 'mcp-vitals'
import { auditRefusedCredentials } from 'mcp-vitals'

interface RefusedCredentials {
  /** Notes a wrong token. Seconds after which its sender may try again, or 0. */
  note(address: string): number
}

interface Source {
  level: number
  at: number
  count: number
  loggedAt: number
}

/** Wrong tokens that an address may send at once, and how many are forgotten a second. */
const BURST = 20
const PER_SECOND = 1
/** Addresses that are remembered; the one that was refused longest ago goes first. */
const MAX_SOURCES = 1_000
const LOG_EVERY_MS = 60_000

/** @param now milliseconds of a clock that never goes back. */
export function createRefusedCredentials(
  logger: Pick<Telemetry['logger'], 'warn'>,
  now: () => number = () => performance.now(),
): RefusedCredentials {
  const sources = new Map<string, Source>()
  return {
    note(address) {
      const at = now()
      const source = sources.get(address) ?? { level: BURST, at, count: 0, loggedAt: Number.NEGATIVE_INFINITY }
      sources.delete(address)
      sources.set(address, source)
      const [oldest] = sources.keys()
      if (sources.size > MAX_SOURCES && oldest !== undefined) sources.delete(oldest)
      source.level = Math.min(BURST, source.level + ((at - source.at) / 1_000) * PER_SECOND)
      source.at = at
      source.count += 1
      if (at - source.loggedAt >= LOG_EVERY_MS) {
        logger.warn({ address, count: source.count }, 'requests with a missing or wrong token were refused')
        auditRefusedCredentials(address, source.count)
        source.loggedAt = at
        source.count = 0
      }
      if (source.level >= 1) {
        source.level -= 1
        return 0
      }
      return Math.ceil((1 - source.level) / PER_SECOND)
    },
  }
}
