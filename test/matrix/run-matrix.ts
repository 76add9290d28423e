// `npm run test:matrix`: tries the packed packages with the runtimes, compilers, bundlers and SDKs that users have, one case at a time,
// and writes results.json. `-- deno grpc` tries the cells whose names contain all of these words, and only prints.
import { packPackages } from '../support/programs/packed-package.ts'
import { bundlerCases } from './cases/bundler-cases.ts'
import { runtimeCases } from './cases/runtime-cases.ts'
import { sdkCases } from './cases/sdk-cases.ts'
import { typescriptCases } from './cases/typescript-cases.ts'
import type { CaseReport, MatrixCase } from './matrix-case.ts'
import { CaseFailure } from './matrix-case.ts'
import type { TriedCase } from './results.ts'
import { formerResults, regressions, rowsOf, writeResults } from './results.ts'
import { tellingLine } from './telling-line.ts'
import type { Workbench } from './workbench.ts'
import { openWorkbench } from './workbench.ts'

const CASE_MS = 120_000
/** Far more than a run takes once npm has the packages. */
const ALL_MS = 40 * 60_000

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const nameOf = ({ group, row, columns }: MatrixCase) => `${group}: ${row}, ${columns.join(', ')}`
const cases = [...runtimeCases, ...sdkCases, ...typescriptCases, ...bundlerCases].filter((each) =>
  words.every((word) => nameOf(each).toLowerCase().includes(word)),
)

const { packages, remove } = await packPackages()
const bench = openWorkbench(packages)
const close = () => {
  bench.close()
  remove()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    close()
    process.exit(1)
  })
}

try {
  const end = Date.now() + ALL_MS
  const tried: TriedCase[] = []
  for (const each of cases) {
    if (Date.now() > end) throw new Error(`no time left after ${tried.length} of ${cases.length} cases`)
    const started = performance.now()
    const report = await tryCase(bench, each)
    tried.push({ tried: each, report })
    print(each, report, performance.now() - started)
  }
  finish(tried)
} finally {
  close()
}

async function tryCase(workbench: Workbench, each: MatrixCase): Promise<CaseReport> {
  workbench.startCase(CASE_MS)
  try {
    return await each.run(workbench)
  } catch (error) {
    const line = error instanceof CaseFailure ? error.message : tellingLine(String(error))
    return { version: '', cells: Object.fromEntries(each.columns.map((column) => [column, { result: 'fails', line }])) }
  }
}

function print(each: MatrixCase, { version, cells }: CaseReport, milliseconds: number): void {
  const seconds = (milliseconds / 1000).toFixed(1)
  for (const [column, { result, line, note }] of Object.entries(cells)) {
    const why = line ?? note
    console.error(`${each.row} (${version}), ${column}: ${result}${why === undefined ? '' : `: ${why}`} (${seconds} s)`)
  }
}

function finish(tried: readonly TriedCase[]): void {
  const rows = rowsOf(tried)
  const lost = regressions(formerResults(), rows)
  if (words.length === 0) {
    const date = new Date().toISOString().slice(0, 10)
    const platform = `${process.platform} ${process.arch}`
    writeResults({ date, platform, packages: packages['mcp-vitals'].manifest.version, rows })
    console.error('wrote test/matrix/results.json; npm run generate writes docs/compatibility.md from it')
  }
  for (const line of lost) console.error(`worked in the last run: ${line}`)
  process.exitCode = lost.length === 0 ? 0 : 1
}
