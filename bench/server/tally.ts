// Counts what clients sent and how it was answered, to compare it with what the server counted.

export interface Tally {
  add(key: string, count?: number): void
  get(key: string): number
  /** Sorted by key. */
  entries(): (readonly [key: string, count: number])[]
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  return {
    add: (key, count = 1) => void counts.set(key, (counts.get(key) ?? 0) + count),
    get: (key) => counts.get(key) ?? 0,
    entries: () => [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}
