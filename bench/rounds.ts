// Rows in, the figures of each in every round out. Contenders take turns inside a round and start it in turn, so that what
// else the machine does falls on all of them; ratios are taken inside a round.
import type { Child } from './child.ts'
import { startChild } from './child.ts'
import type { ContenderName } from './worker.ts'

export interface Row {
  readonly label: string
  readonly contender: ContenderName
  /** Asked for as Prometheus does. */
  readonly gzip?: boolean
}

/** By the name of the figure. */
export type Figures = Readonly<Record<string, number>>

export interface Measured {
  readonly label: string
  readonly rounds: readonly Figures[]
}

export interface Measurement {
  readonly rows: readonly Row[]
  readonly rounds: number
  /** Rounds before them that are thrown away. */
  readonly warmUps: number
  measure(child: Child, row: Row): Promise<Figures>
  /** Throws if what the contender shows at the end is not what it was given. */
  check(child: Child, row: Row): Promise<void>
}

export async function interleave({ rows, rounds, warmUps, measure, check }: Measurement): Promise<Measured[]> {
  const started = await Promise.all(
    rows.map(async (row) => ({ row, child: await startChild(row.contender), figures: [] as Figures[] })),
  )
  try {
    for (let round = -warmUps; round < rounds; round += 1) {
      const first = (round + warmUps) % started.length
      for (const { row, child, figures } of [...started.slice(first), ...started.slice(0, first)]) {
        const figure = await measure(child, row)
        if (round >= 0) figures.push(figure)
      }
    }
    for (const { row, child } of started) await check(child, row)
    return started.map(({ row, figures }) => ({ label: row.label, rounds: figures }))
  } finally {
    for (const { child } of started) child.stop()
  }
}
