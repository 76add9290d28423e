// All comparisons of the benchmark, in the order in which the results show them.
import { inMemory, inOurCode, overHttp, overStdio, withSpans } from './calling.ts'
import type { Comparison } from './comparison.ts'
import { memory } from './memory.ts'
import { manySeries, recording, twoReaders } from './recording.ts'
import { callsWhileScraped, scraping } from './scraping.ts'
import { shutdown, startUp } from './starting-and-stopping.ts'

/** `quick` makes few and short rounds, whose figures say only that everything runs. */
export function allComparisons(quick: boolean): Comparison[] {
  return [
    recording(quick),
    twoReaders(quick),
    manySeries(quick),
    inMemory(quick),
    withSpans(quick),
    overStdio(quick),
    overHttp(quick),
    inOurCode(quick),
    memory(quick),
    scraping(1_000, quick),
    scraping(10_000, quick),
    scraping(100_000, quick),
    callsWhileScraped(quick),
    startUp(quick),
    shutdown(quick),
  ]
}
