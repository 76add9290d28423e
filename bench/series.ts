// A number of histogram series in, that many recorded in out: of 10 bounds and three attributes, a thousand an instrument.
import type { Contender, HistogramAttributes } from './contender.ts'

export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const PER_INSTRUMENT = 1_000

/** Returns what records one value in each of the first `series` series; instruments are made as they are needed. */
export function createSeries({ histogram }: Pick<Contender, 'histogram'>, name = 'duration'): (series: number) => void {
  const records: ReturnType<Contender['histogram']>[] = []
  let round = 0
  return (series) => {
    round += 1
    for (let index = 0; index < series; index += 1) {
      const instrument = Math.floor(index / PER_INSTRUMENT)
      records[instrument] ??= histogram({ name: `bench.step_${instrument}.${name}`, buckets: BUCKETS })
      records[instrument](((index * 7 + round) % 600) / 100, attributesOf(index % PER_INSTRUMENT))
    }
  }
}

function attributesOf(index: number): HistogramAttributes {
  return {
    tool: `look_up_${index % 10}`,
    region: `europe-west-${Math.floor(index / 10) % 10}`,
    tier: `tier-${Math.floor(index / 100)}`,
  }
}
