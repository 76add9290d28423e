// Keeps the results of the matrix in results.json, from which the compatibility tables are made.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseReport, Cell, Group, MatrixCase } from './matrix-case.ts'
import { GROUPS } from './matrix-case.ts'

export interface ResultRow {
  readonly group: Group
  readonly row: string
  readonly version: string
  readonly cells: Readonly<Record<string, Cell>>
}

export interface MatrixResults {
  /** The day of the run. */
  readonly date: string
  readonly platform: string
  /** The version of the three packages. */
  readonly packages: string
  readonly rows: readonly ResultRow[]
}

export interface TriedCase {
  readonly tried: MatrixCase
  readonly report: CaseReport
}

const FILE = join(import.meta.dirname, 'results.json')

export function readResults(): MatrixResults {
  return JSON.parse(readFileSync(FILE, 'utf8'))
}

/** The results of a former run; undefined before the first one. */
export function formerResults(): MatrixResults | undefined {
  try {
    return readResults()
  } catch {
    return undefined
  }
}

export function writeResults(results: MatrixResults): void {
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`)
}

/** Puts the cells of each row together, in the order of the cases. */
export function rowsOf(cases: readonly TriedCase[]): ResultRow[] {
  const byRow = Map.groupBy(cases, ({ tried }) => `${GROUPS.indexOf(tried.group)} ${tried.row}`)
  return [...byRow.values()].map((parts) => {
    const { group, row } = (parts[0] as TriedCase).tried
    const version = parts.map(({ report }) => report.version).find((each) => each !== '') ?? ''
    return { group, row, version, cells: Object.assign({}, ...parts.map(({ report }) => report.cells)) }
  })
}

/** The cells that worked in a former run and do not any more, one line each. */
export function regressions(before: MatrixResults | undefined, rows: readonly ResultRow[]): string[] {
  return rows.flatMap(({ group, row, cells }) => {
    const former = before?.rows.find((each) => each.group === group && each.row === row)?.cells ?? {}
    return Object.entries(cells).flatMap(([column, { result, line }]) =>
      former[column]?.result === 'works' && result !== 'works' ? [`${row}, ${column}: ${result}: ${line}`] : [],
    )
  })
}
