// The real parts in, a Prometheus that is told everything there is to know out: the program with traffic and a server that records
// every metric of the catalog are scraped, another such server pushes through a gateway, and there is an Alertmanager. Its rules
// are the shipped ones at thirty times their pace.
import { setTimeout as wait } from 'node:timers/promises'
import { deliverTo } from '../collector/collector-parts.ts'
import { freePorts } from '../programs/free-ports.ts'
import type { RealParts } from '../programs/real-parts.ts'
import { runServer, runVitals } from '../programs/run-cli.ts'
import { startEverything } from '../servers/everything-server.ts'
import type { RunningPrometheus } from './prometheus-parts.ts'
import { quickened } from './quickened-rules.ts'

export interface ToldEverything {
  readonly prometheus: RunningPrometheus
  stop(): Promise<void>
}

export async function startToldEverything(parts: RealParts): Promise<ToldEverything> {
  const [telemetry, reference, everything] = await freePorts(3)
  const alertmanager = await parts.alertmanager()
  const prometheus = await parts.prometheus({
    targets: [reference, everything].map((port) => ({ address: `127.0.0.1:${port}` })),
    gateway: `127.0.0.1:${telemetry}`,
    alertmanager: alertmanager.address,
    rules: quickened,
  })
  const jaeger = await parts.jaeger()
  const gateway = await parts.gateway({
    GATEWAY_TELEMETRY_PORT: String(telemetry),
    TRACES_ENDPOINT: jaeger.grpc,
    ...deliverTo(prometheus),
  })
  const exports = {
    OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '500',
  }
  const servers = await Promise.all([
    startEverything({ ...exports, OTEL_EXPORTER_PROMETHEUS_PORT: String(everything) }),
    startEverything({ ...exports, OTEL_METRICS_EXPORTER: 'otlp', OTEL_SERVICE_NAME: 'mcp-hello-server' }),
  ])
  const program = await runServer(['--demo-tools', '--concurrency', '3'], {
    ...exports,
    OTEL_EXPORTER_PROMETHEUS_PORT: String(reference),
  })
  runVitals(['traffic', '--url', program.url, '--rate', '8'])

  const stopping = new AbortController()
  const again = Promise.all(
    servers.map(async ({ url }) => {
      while (!stopping.signal.aborted) {
        await (await fetch(new URL('/again', url))).text()
        // As often as is enough: they share two cores with all that looks at them.
        await wait(500)
      }
    }),
  )
  return {
    prometheus,
    async stop() {
      stopping.abort()
      await again
      for (const server of servers) await server.stop()
    },
  }
}
