// Defines what the matrix tries: each case fills one or more cells of one row of the compatibility tables.
import type { Workbench } from './workbench.ts'

export type Result = 'works' | 'fails' | 'not supported'

export interface Cell {
  readonly result: Result
  /** The line that says what failed, or why it is not supported. */
  readonly line?: string
  /** What a user should know about a cell that works. */
  readonly note?: string
}

export interface CaseReport {
  /** The installed version of what the row is about. */
  readonly version: string
  readonly cells: Readonly<Record<string, Cell>>
}

export const GROUPS = ['runtimes', 'typescript', 'bundlers', 'sdks'] as const
export type Group = (typeof GROUPS)[number]

export interface MatrixCase {
  readonly group: Group
  readonly row: string
  readonly columns: readonly string[]
  run(bench: Workbench): Promise<CaseReport>
}

/** A case that did not work. Its message is the line that is recorded. */
export class CaseFailure extends Error {
  override readonly name = 'CaseFailure'
}

export const WORKS: Cell = { result: 'works' }

/** The cell of an attempt: what it returns, or that it fails, with the line. */
export async function cellOf(attempt: () => Promise<Cell>): Promise<Cell> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof CaseFailure) return { result: 'fails', line: error.message }
    throw error
  }
}
