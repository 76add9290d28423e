// Tests a tenth of the benchmark of sessions, the cost of messages, a short soak, and the stored report of a long one.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Kind } from '../../bench/server/measure-messages.ts'
import { measureMessages } from '../../bench/server/measure-messages.ts'
import { measureSessions } from '../../bench/server/measure-sessions.ts'
import { quantile } from '../../bench/statistics.ts'

const SESSIONS = 1_000

describe('bench/server/measure-sessions.ts', () => {
  it('sees 1,000 used sessions hold less than 20 kB each, and 90 % of it come back', async () => {
    const { before, open, later } = await measureSessions({ sessions: SESSIONS, ttlSeconds: 30, laterSeconds: 5 })
    const added = open.collected.heap - before.collected.heap

    expect(added / SESSIONS).toBeGreaterThan(2_000)
    expect(added / SESSIONS).toBeLessThan(20_000)
    expect(later.collected.heap - before.collected.heap).toBeLessThan(added * 0.1)
    expect(open.asItIs.rss).toBeLessThan(384 * 2 ** 20)
  }, 290_000)
})

describe('bench/server/measure-messages.ts', () => {
  it('sees tools/list take less CPU time than a call that reads the cluster, and 4 MB of small keys less than 100 pings', async () => {
    const rounds = await measureMessages(3, 200)
    const times = (kind: Kind, other: Kind) =>
      quantile(
        rounds.map((round) => round[kind] / round[other]),
        0.5,
      )

    expect(times('tools/list', 'list_pods')).toBeLessThan(1)
    expect(times('tools/list', 'hello_world')).toBeLessThan(3)
    // A ping takes about half a millisecond.
    expect(times('many values', 'ping')).toBeLessThan(100)
    expect(times('too many values', 'ping')).toBeLessThan(30)
  }, 290_000)
})

describe('bench/server/soak.ts', () => {
  it('counts exactly in a soak of a minute, and leaves the stored report unchanged', async () => {
    const before = readFileSync('bench/soak.md', 'utf8')
    const args = ['bench/server/soak.ts', '--minutes', '1', '--print']
    // It ends with 1 where a requirement is missed; memory still grows in its first minutes.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 200_000 }).catch(
      (error: { stdout: string }) => error,
    )
    expect(stdout).toMatch(/\| counts are exact \| (\d+) of \1 series \| met \|/)
    expect(stdout).toMatch(/\| no call is left active \| 0 \| met \|/)
    expect(stdout).toMatch(/\| every probe, scrape and call of the good client is answered \| 0 failures \| met \|/)
    expect(readFileSync('bench/soak.md', 'utf8')).toBe(before)
  }, 290_000)
})

describe('bench/soak.md', () => {
  it('is of 30 minutes, with exact counts', () => {
    const text = readFileSync('bench/soak.md', 'utf8')
    expect(text).toMatch(/: 30 minutes, Node \d+\.\d+\.\d+, \d+ cores of \S/)
    expect(text).toMatch(/\| counts are exact \| (\d+) of \1 series \| met \|/)
  })
})

describe('bench/sessions.md', () => {
  it('is of 10,000 sessions, with all targets met', () => {
    const text = readFileSync('bench/sessions.md', 'utf8')
    expect(text).toContain('opens 10,000 sessions')
    expect(text.match(/\| met \|$/gm)).toHaveLength(4)
    expect(text).not.toContain('| missed |')
  })
})
