// Records with many sets of attributes, and measures the time of one recording.
import type { Contender } from './contender.ts'
import { BUCKETS } from './series.ts'

const TOOLS = names('look_up')
const REGIONS = names('europe-west')
const TIERS = names('tier')

type Instruments = {
  readonly add: ReturnType<Contender['counter']>
  readonly record: ReturnType<Contender['histogram']>
}
let instruments: Instruments | undefined

/** Records in a counter and in a histogram, each with a new object, in one set of attributes after the other; nanoseconds of a recording. */
export function recordSets({ counter, histogram }: Contender, sets: number, recordings: number): number {
  instruments ??= {
    add: counter('bench.sets.events'),
    record: histogram({ name: 'bench.sets.duration', buckets: BUCKETS }),
  }
  const { add, record } = instruments
  const startedAt = performance.now()
  for (let index = 0; index < recordings; index += 1) {
    const set = index % sets
    const tool = TOOLS[set % 20] as string
    const region = REGIONS[Math.floor(set / 20) % 20] as string
    const tier = TIERS[Math.floor(set / 400)] as string
    add(1, { tool, region, tier })
    record((index % 600) / 100, { tool, region, tier })
  }
  return ((performance.now() - startedAt) * 1e6) / (2 * recordings)
}

function names(prefix: string): string[] {
  return Array.from({ length: 20 }, (_, index) => `${prefix}-${index}`)
}
