// Settings of an endpoint in, a real one that listens on loopback out: the stock SDK's reader, a canary to look for, and
// everything closed when the test ends.
import { connect, type Socket } from 'node:net'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { onTestFinished } from 'vitest'
import type { Endpoint, EndpointOptions } from '../../../src/telemetry/listener/endpoint.ts'
import { createEndpoint } from '../../../src/telemetry/listener/endpoint.ts'
import type { ScrapeOptions } from '../../../src/telemetry/scrape/scrape.ts'
import { createScrapeHandler } from '../../../src/telemetry/scrape/scrape.ts'
import { exposeMetrics } from './exposed-metrics.ts'

export interface MetricsEndpoint {
  readonly endpoint: Endpoint
  /** `http://127.0.0.1:…`, without a path. */
  readonly url: string
  readonly port: number
  /** A raw connection; closed with the test. */
  connect(): Socket
}

export interface MetricsEndpointOptions extends Omit<EndpointOptions, 'scrape'>, Omit<ScrapeOptions, 'collect'> {
  /** In place of the reader's own. */
  readonly collect?: (collect: () => Promise<CollectionResult>) => Promise<CollectionResult>
  /** Megabytes that a scrape is to have, about. */
  readonly megabytes?: number
  readonly scrape?: string
}

/** The value of `canary_total`. */
export const CANARY = 42

export async function listenForScrapes(options: MetricsEndpointOptions = {}): Promise<MetricsEndpoint> {
  const metrics = exposeMetrics()
  const meter = metrics.provider.getMeter('test')
  meter.createCounter('canary').add(CANARY)
  const padding = 'x'.repeat(2_000)
  for (let series = 0; series < (options.megabytes ?? 0) * 27; series += 1) {
    meter.createHistogram('large').record(1, { series, padding })
  }
  const { collect = (own) => own(), scrape, ...rest } = options
  const own = () => metrics.reader.collect()
  const endpoint = createEndpoint({
    ...rest,
    scrape: scrape ?? createScrapeHandler({ ...rest, collect: () => collect(own) }),
  })
  const url = await endpoint.listen({ host: '127.0.0.1', port: 0 })
  const port = Number(new URL(url).port)
  const sockets: Socket[] = []
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await endpoint.close(0)
  })
  return {
    endpoint,
    url,
    port,
    connect() {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}) // Being cut off is what many of these are for.
      sockets.push(socket)
      return socket
    },
  }
}
