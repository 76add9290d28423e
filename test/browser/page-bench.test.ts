// Tests a quick run of the benchmark of the live page, which needs Chromium.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

describe('bench/page/run.ts', () => {
  it('measures a call with and without an open page, and a hub under load within its bound of memory', async () => {
    // The run fails if the hub takes more memory than its bound.
    const { stdout } = await promisify(execFile)(process.execPath, ['bench/page/run.ts', '--quick'], {
      timeout: 380_000,
    })
    const cells = (title: string) =>
      stdout
        .split('\n')
        .find((line) => line.startsWith(`| ${title}`))
        ?.split('|')
        .slice(2, -1)
        .map(Number) ?? []
    for (const title of ['page closed, µs', 'page open, µs', 'open ÷ closed, by round']) {
      expect(cells(title), title).toHaveLength(3)
      for (const cell of cells(title)) expect(cell, title).toBeGreaterThan(0)
    }
    expect(stdout).toMatch(/\| calls a second, reached \| [\d,]*[1-9][\d,]* \|/)
    expect(stdout).toMatch(/\| time between frames, ms: median, p95, most \| [\d.]+, [\d.]+, [\d.]+ \|/)
    expect(stdout).toMatch(/\| time to draw one update, ms: mean of \d+ \| [\d.]+ \|/)
  }, 400_000)
})
