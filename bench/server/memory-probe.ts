// Reports the memory of the process that it is preloaded into, when the parent process asks.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes. */
export interface Memory {
  readonly rss: number
  /** Live objects, if garbage was collected before. */
  readonly heap: number
  /** What V8 has taken from the system for its heap. */
  readonly committed: number
  /** Buffers outside of the heap. */
  readonly buffers: number
}

export type Question = 'as it is' | 'after garbage collection'

setFlagsFromString('--expose-gc')
const gc: (options: object) => void = runInNewContext('gc')
/** Everything that can be freed: a usual collection leaves pages that are almost empty, and weak references, for later ones. */
const collect = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })

process.on('message', (question: Question) => {
  if (question === 'after garbage collection') collect()
  const { rss, heapUsed, heapTotal, arrayBuffers } = process.memoryUsage()
  process.send?.({ rss, heap: heapUsed, committed: heapTotal, buffers: arrayBuffers } satisfies Memory)
})
// The program decides when it ends.
process.channel?.unref()
