// What a comparison is, and the rows that many of them have.
import type { Child } from '../child.ts'
import type { Column } from '../report.ts'
import type { Measured, Row } from '../rounds.ts'
import { scrape, sumOf } from '../scrape.ts'

export interface Comparison {
  readonly title: string
  /** What a reader has to know to judge the figures. */
  readonly note: string
  readonly columns: readonly Column[]
  /** What stands in the summary of all comparisons, with what it should be. */
  readonly summary: readonly Aim[]
  run(): Promise<Measured[]>
}

/** A line of the summary: one column, and what it is for each contender. */
export interface Aim {
  readonly title: string
  readonly column: Column
  /** The labels of the rows. */
  readonly rows: { readonly control?: string; readonly prom?: string; readonly stock?: string; readonly ours: string }
  /** At most this. */
  readonly target: number
}

export const BARE: Row = { label: 'bare', contender: 'bare' }
export const CONTROL: Row = { label: 'bare again', contender: 'bare' }
export const PROM: Row = { label: 'prom-client', contender: 'prom-client' }
export const STOCK: Row = { label: 'stock OTel JS', contender: 'stock' }
export const NO_PROVIDER: Row = { label: 'mcp-vitals, no provider', contender: 'no-provider' }
export const OURS: Row = { label: 'mcp-vitals', contender: 'ours' }

/** Rows of a summary for a comparison that has all contenders. */
export const ALL = { control: CONTROL.label, prom: PROM.label, stock: STOCK.label, ours: OURS.label } as const

/** Checks that a contender counted the calls that were made. */
export function checkCalls(made: number): (child: Child, row: Row) => Promise<void> {
  return async (child, { contender, label }) => {
    if (contender === 'bare' || contender === 'no-provider') return
    const { sum } = await recorded(child, /^mcp_tool_calls_total\{/)
    if (sum !== made) throw new Error(`${label} counted ${sum} calls of ${made}`)
  }
}

export async function recorded(child: Child, name: RegExp) {
  return sumOf((await scrape(child.metricsUrl, false)).text(), name)
}
