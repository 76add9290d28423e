// Nothing recorded, an empty /metrics: what the benchmark itself costs.
import type { Contender } from '../contender.ts'
import { listen } from '../contender.ts'

export async function start(): Promise<Contender> {
  return {
    recorder: { begin() {}, end() {} },
    histogram: () => () => {},
    counter: () => () => {},
    metricsUrl: await listen((_request, response) => void response.end()),
  }
}
