// How much the heap grew while one call ran. The heap is shared by all that runs in the process, so only a call that ran
// alone from start to end says anything: any overlap voids every call that took part in it.
import { getHeapStatistics } from 'node:v8'

export interface HeapWatch {
  /** Bytes that the heap grew by, never below 0 (a collection may have run); undefined if another call overlapped. */
  end(): number | undefined
}

interface Watched {
  alone: boolean
}

const running = new Set<Watched>()

/** Starts watching the heap for one call. Costs one reading of the heap's statistics, and one at the end. */
export function startHeapWatch(): HeapWatch {
  const watched: Watched = { alone: running.size === 0 }
  for (const other of running) other.alone = false
  running.add(watched)
  const before = watched.alone ? usedHeap() : 0
  return {
    end() {
      running.delete(watched)
      return watched.alone ? Math.max(0, usedHeap() - before) : undefined
    },
  }
}

/** `process.memoryUsage()` would also ask the operating system for the resident set, at many times the cost. */
function usedHeap(): number {
  return getHeapStatistics().used_heap_size
}
