// Tests a quick run of the Kubernetes benchmark, and the stored results.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const written = () => readFileSync('bench/kubernetes.md', 'utf8')

/** Returns the cells of each row in the first table by number of pods. */
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

describe('bench/kubernetes/run.ts', () => {
  it('measures 200 and 2,000 pods in a quick run, and leaves the stored results unchanged', async () => {
    const before = written()
    // The run fails if a diagnosis does not see all pods.
    const { stdout } = await promisify(execFile)(process.execPath, ['bench/kubernetes/run.ts', '--quick'], {
      timeout: 280_000,
    })
    const rows = sizesOf(stdout)
    expect([...rows.keys()]).toEqual([200, 2_000])
    for (const cells of rows.values()) {
      expect(cells).toHaveLength(7)
      for (const cell of cells) expect(cell).toBeGreaterThanOrEqual(0)
    }
    expect(written()).toBe(before)
  }, 300_000)
})

describe('bench/kubernetes.md', () => {
  it('states its date and machine, how cost grows, and whether each of three targets is met', () => {
    const text = written()
    expect([...sizesOf(text).keys()]).toEqual([200, 2_000, 20_000])
    expect(text).toMatch(/on \d{4}-\d\d-\d\d: Node \d+\.\d+\.\d+, \d+ cores of \S/)
    expect(text).toContain('2000 → 20000')
    expect(text.match(/\| (met|missed) \|/g)).toHaveLength(3)
  })
})
