import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const written = () => readFileSync('bench/kubernetes.md', 'utf8')

/** Cells of each row of pods under the first table, by their number. */
function sizesOf(markdown: string): Map<number, number[]> {
  const table = markdown.split('\n## ')[0] ?? ''
  const rows = table.split('\n').filter((line) => /^\| \d/.test(line))
  return new Map(
    rows.map((line) => {
      const [pods = 0, ...cells] = line.split('|').slice(1, -1).map(Number)
      return [pods, cells]
    }),
  )
}

test('a quick run measures both sizes on the real path and leaves the results alone', async () => {
  const before = written()
  // A diagnosis that did not see all pods ends this with an error.
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/kubernetes/run.ts', '--quick'], {
    timeout: 110_000,
  })
  const rows = sizesOf(stdout)
  expect([...rows.keys()]).toEqual([200, 2_000])
  for (const cells of rows.values()) {
    expect(cells).toHaveLength(7)
    for (const cell of cells) expect(cell).toBeGreaterThanOrEqual(0)
  }
  expect(written()).toBe(before)
}, 120_000)

test('the results say where they come from, how cost grows and what the targets are', () => {
  const text = written()
  expect([...sizesOf(text).keys()]).toEqual([200, 2_000, 20_000])
  expect(text).toMatch(/on \d{4}-\d\d-\d\d: Node \d+\.\d+\.\d+, \d+ cores of \S/)
  expect(text).toContain('2000 → 20000')
  expect(text.match(/\| (met|missed) \|/g)).toHaveLength(3)
})
