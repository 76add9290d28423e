// Figures of many rounds in, one number out.
import type { Measured } from './rounds.ts'

/** The value below which this part of all values lies; 0.5 is the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place % 1)
}

/** A figure of each round, or its ratio to another row's of the same round. */
export function valuesOf(measured: Measured, figure: string, base?: Measured): number[] {
  return measured.rounds.map((round, index) => {
    const value = round[figure] ?? Number.NaN
    return base === undefined ? value : value / (base.rounds[index]?.[figure] ?? Number.NaN)
  })
}
