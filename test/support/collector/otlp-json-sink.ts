// A loopback OTLP endpoint for metrics over http/json: what was sent to it, request by request.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface OtlpMetric {
  readonly name: string
  readonly unit: string
  readonly kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram'
  readonly points: readonly { readonly attributes: Readonly<Record<string, unknown>>; readonly value: number }[]
}

export interface OtlpJsonSink {
  readonly url: string
  /** The metrics of each export, oldest first. */
  readonly exports: readonly (readonly OtlpMetric[])[]
  close(): Promise<void>
}

interface Point {
  attributes?: { key: string; value: Record<string, unknown> }[]
  asInt?: string | number
  asDouble?: number
  count?: string | number
}
interface Metric {
  name: string
  unit?: string
  sum?: { dataPoints: Point[]; isMonotonic?: boolean; aggregationTemporality: number }
  gauge?: { dataPoints: Point[] }
  histogram?: { dataPoints: Point[]; aggregationTemporality: number }
}

/** @param port Where to listen; by default any free port. */
export async function openOtlpJsonSink(port = 0): Promise<OtlpJsonSink> {
  const exports: OtlpMetric[][] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    if (request.url === '/v1/metrics') exports.push(metricsOf(JSON.parse(body)))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function metricsOf(body: { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }): OtlpMetric[] {
  return body.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .map((metric) => {
      const data = metric.sum ?? metric.gauge ?? metric.histogram
      if (data === undefined) throw new Error(`${metric.name} is of no known kind`)
      const kind = metric.gauge
        ? 'gauge'
        : metric.histogram
          ? 'histogram'
          : metric.sum?.isMonotonic
            ? 'counter'
            : 'upDownCounter'
      const points = data.dataPoints.map((point) => ({
        attributes: Object.fromEntries(
          (point.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
        ),
        value: Number(point.asInt ?? point.asDouble ?? point.count),
      }))
      return { name: metric.name, unit: metric.unit ?? '', kind, points }
    })
}
