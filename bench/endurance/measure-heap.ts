// Makes tool calls on one server, and reads its live heap again and again.
import type { Child } from '../child.ts'
import { scrape } from '../scrape.ts'

export interface HeapGrowth {
  readonly readings: readonly { readonly calls: number; readonly megabytes: number }[]
  /** Megabytes for 100,000 calls. */
  readonly slope: number
}

export async function measureHeap(child: Child, calls: number, steps: number): Promise<HeapGrowth> {
  const readings: { calls: number; megabytes: number }[] = []
  for (let step = 1; step <= steps; step += 1) {
    await child.ask('call', calls / steps)
    await scrape(child.metricsUrl, false)
    readings.push({ calls: (calls / steps) * step, megabytes: (await child.ask('live', undefined)) / 1e6 })
  }
  return { readings, slope: slopeOf(readings.slice(1)) * 100_000 }
}

/** Of the line with the least squares. */
function slopeOf(readings: HeapGrowth['readings']): number {
  const mean = (of: (reading: HeapGrowth['readings'][number]) => number) =>
    readings.reduce((sum, reading) => sum + of(reading), 0) / readings.length
  const [x, y] = [mean(({ calls }) => calls), mean(({ megabytes }) => megabytes)]
  const along = mean(({ calls, megabytes }) => (calls - x) * (megabytes - y))
  return along / mean(({ calls }) => (calls - x) ** 2)
}
