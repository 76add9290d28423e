// Tests a quick run of the benchmark, and the stored results.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { table } from '../../bench/report.ts'

/** Other processes can make it four times as long. */
const TIMEOUT_MS = 480_000

let printed = ''
const written = () => readFileSync('bench/results.md', 'utf8')
let before = ''

beforeAll(async () => {
  before = written()
  // The run fails if the counts of a contender differ from its input.
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/run.ts', '--quick'], { timeout: TIMEOUT_MS })
  printed = stdout
}, TIMEOUT_MS)

/** Returns the cells of each row by label, under the heading that starts with this text. */
function rowsUnder(markdown: string, heading: string): Map<string, string[]> {
  const section = `\n${markdown}`.split('\n## ').find((part) => part.startsWith(heading)) ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  const cells = lines.slice(1).map((line) => line.split('|').slice(1, -1))
  return new Map(cells.map(([label = '', ...values]) => [label.trim(), values.map((value) => value.trim())]))
}

const ALL = ['bare', 'prom-client', 'stock OTel JS', 'mcp-vitals']
const SERVERS = ['bare', 'bare again', 'mcp-vitals, no provider', 'prom-client', 'stock OTel JS', 'mcp-vitals']

const READERS = ['stock OTel JS', 'mcp-vitals, plain API', 'mcp-vitals, in full'].flatMap((row) => [
  row,
  `${row}, two readers`,
])
const STARTED = ['bare', 'bare again', 'mcp-vitals, no provider', 'prom-client', 'stock OTel JS, NodeSDK', 'mcp-vitals']

describe('bench/run.ts', () => {
  it.each([
    ['Recording one tool call', [...ALL, 'mcp-vitals, plain API', 'mcp-vitals, in full'], 3],
    ['Recording with two readers', READERS, 2],
    ['Recording at 2,000 series', [...ALL.slice(1), 'mcp-vitals, plain API'], 3],
    ['One `tools/call` on', SERVERS, 4],
    [
      'One `tools/call` in memory, with a span',
      ['bare', 'bare again', 'stock OTel JS, a span', 'mcp-vitals, a span'],
      3,
    ],
    ['One `tools/call` over stdio', SERVERS, 3],
    ['One `tools/call` over Streamable HTTP', SERVERS, 3],
    ['Time in our code', ['mcp-vitals, no provider', 'mcp-vitals'], 1],
    ['Memory of a series', ALL.slice(1), 2],
    ['A scrape of 1,000 histogram series', [...ALL, 'mcp-vitals, gzip'], 8],
    ['A scrape of 10,000 histogram series', [...ALL, 'mcp-vitals, gzip'], 8],
    ['A scrape of 100,000 histogram series', ['bare', 'mcp-vitals', 'mcp-vitals, gzip'], 5],
    ['Latency of calls while a scraper reads', ALL, 3],
    ['Start of a stdio server', STARTED, 5],
    ['Shutdown without a Collector', ['stock OTel JS', 'mcp-vitals'], 2],
  ] as const)(
    'prints "%s" for all contenders, in a quick run and in the stored results',
    (heading, labels, columns) => {
      for (const markdown of [printed, before]) {
        const rows = rowsUnder(markdown, heading)
        expect([...rows.keys()]).toEqual(labels)
        for (const [label, values] of rows) {
          expect(values, label).toHaveLength(columns)
          for (const value of values) expect(Number.parseFloat(value), `${label}: ${value}`).not.toBeNaN()
        }
      }
    },
  )
})

describe('bench/results.md', () => {
  it('has a summary that names a target for each figure, and a plot for each comparison', () => {
    const rows = [...rowsUnder(before, 'Summary')]
    expect(rows).toHaveLength(21)
    for (const [title, values] of rows) {
      expect(values.at(-2), title).toMatch(/^-?\d[\d.]*( \(missed\))?$/)
      expect(values.at(-1), title).toMatch(/^≤ \d/)
    }
    const plots = [...before.matchAll(/\]\((plots\/[\w-]+\.svg)\)/g)].map(([, file]) => file)
    expect(plots).toHaveLength(15)
    for (const plot of plots) expect(readFileSync(`bench/${plot}`, 'utf8'), plot).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
  })

  it('stays unchanged by a quick run, and states its date, Node.js version and machine', () => {
    expect(written()).toBe(before)
    expect(before).toMatch(/on \d{4}-\d\d-\d\d: Node \d+\.\d+\.\d+, \d+ cores of \S/)
  })
})

describe('table', () => {
  it('computes a ratio as the median of the ratios per round, not as the ratio of the medians', () => {
    const rounds = (values: number[]) => values.map((ns) => ({ ns }))
    const measured = [
      { label: 'a', rounds: rounds([10, 100, 1000]) },
      { label: 'b', rounds: rounds([40, 100, 2000]) },
    ]
    const text = table(measured, [
      { head: '× a', figure: 'ns', over: 'a' },
      { head: 'ns', figure: 'ns' },
    ])
    expect(
      text
        .split('\n')
        .at(-1)
        ?.split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ).toEqual(['b', '2', '100'])
  })
})
