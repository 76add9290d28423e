// Records what is over in batches, because code that ran a moment ago runs several times faster: in a server, everything else that a
// call does pushes it out of the processor's cache. Measured in memory: 2.5 µs less for each call, of 9.
import { reportUnmeasured } from './guarded.ts'
import { batchesAre, collectionsAreTold } from './instruments.ts'

export interface Entry {
  record(): void
}

/** So many take 0.1 ms. */
const MOST = 128

let waiting: Entry[] = []

/**
 * Records an entry, once: at the latest when the meter provider collects, or another one takes its place. A provider that does not say
 * when it collects gets it now.
 */
export function inBatch(entry: Entry): void {
  if (!collectionsAreTold()) entry.record()
  else if (waiting.push(entry) >= MOST) recordBatch()
}

/** Records what waits. Never throws. */
export function recordBatch(): void {
  const batch = waiting
  waiting = []
  for (const entry of batch) {
    try {
      entry.record()
    } catch (error) {
      reportUnmeasured(error)
    }
  }
}

batchesAre(recordBatch)
