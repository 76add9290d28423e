// Measures rows in rounds: in each round all rows take turns, and another one is first, so that what else the machine does falls on all
// of them. Ratios are taken inside a round.
import type { Child } from './child.ts'
import { startChild } from './child.ts'
import type { ContenderName } from './worker.ts'

export interface Row {
  readonly label: string
  readonly contender: ContenderName
  /** The label of the row that its ratios are to, where the column names none. */
  readonly over?: string
  /** Asked for as Prometheus does. */
  readonly gzip?: boolean
  /** Added to the environment of its process. */
  readonly env?: Readonly<Record<string, string>>
}

/** By the name of the figure. */
export type Figures = Readonly<Record<string, number>>

export interface Measured {
  readonly label: string
  readonly over?: string | undefined
  readonly rounds: readonly Figures[]
}

interface Rounds {
  readonly rows: readonly Row[]
  readonly rounds: number
  /** Rounds before them that are thrown away. */
  readonly warmUps: number
}

export interface Measurement extends Rounds {
  measure(child: Child, row: Row): Promise<Figures>
  /** Throws if what the contender shows at the end is not what it was given. */
  check(child: Child, row: Row): Promise<void>
}

/** Each row has one process for all rounds. */
export async function interleave(measurement: Measurement): Promise<Measured[]> {
  const children = new Map<Row, Child>()
  const childOf = (row: Row) => children.get(row) as Child
  try {
    for (const row of measurement.rows) children.set(row, await startChild(row.contender, row.env))
    const measured = await takeTurns({ ...measurement, measure: (row) => measurement.measure(childOf(row), row) })
    for (const row of measurement.rows) await measurement.check(childOf(row), row)
    return measured
  } finally {
    for (const child of children.values()) child.stop()
  }
}

interface Turns extends Rounds {
  measure(row: Row): Promise<Figures>
}

/** Without processes that stay. */
export async function takeTurns({ rows, rounds, warmUps, measure }: Turns): Promise<Measured[]> {
  const figures = new Map<Row, Figures[]>(rows.map((row) => [row, []]))
  for (let round = -warmUps; round < rounds; round += 1) {
    const first = (round + warmUps) % rows.length
    for (const row of [...rows.slice(first), ...rows.slice(0, first)]) {
      const figure = await measure(row)
      if (round >= 0) figures.get(row)?.push(figure)
    }
  }
  return rows.map((row) => ({ label: row.label, over: row.over, rounds: figures.get(row) ?? [] }))
}
