// The real programs with traffic, as the pictures are of: two reference servers that are scraped, an exporter that looks at the
// simulated cluster and pushes, a Collector that makes metrics of spans, a Prometheus, and clients that call quietly, then for a
// while a lot.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import type { RealParts } from '../support/programs/real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'

const SERVER = 'src/server/cli.ts'
const VITALS = 'src/program/cli.ts'

/** The job of the servers. */
export const SERVERS = 'mcp-hello-server-metrics'

export interface Scene {
  readonly prometheus: RunningPrometheus
  /** Seconds since 1970 at which the traffic began. */
  readonly began: number
  stop(): Promise<void>
}

/** Starts all, and comes back when there was traffic for so many seconds. It goes on until it is stopped. */
export async function playScene(parts: RealParts, seconds: number): Promise<Scene> {
  const [telemetry = 0, ...ports] = await freePorts(5)
  const servers = [0, 1].map((at) => ({ port: ports[at * 2] ?? 0, metrics: ports[at * 2 + 1] ?? 0 }))
  const prometheus = await parts.prometheus({
    // Their addresses would be others in each picture.
    targets: servers.map(({ metrics }, at) => ({
      address: `127.0.0.1:${metrics}`,
      labels: { instance: `mcp-server-${at}` },
    })),
    gateway: `127.0.0.1:${telemetry}`,
    gatewayInstance: 'otel-gateway',
    // More often, one of them would take too long now and then on a machine that does all this at once.
    scrapeInterval: '4s',
  })
  const jaeger = await parts.jaeger()
  const gateway = await parts.gateway({
    GATEWAY_TELEMETRY_PORT: String(telemetry),
    TRACES_ENDPOINT: jaeger.grpc,
    ...deliverTo(prometheus),
  })
  const children: ChildProcess[] = servers.map(({ port, metrics }) =>
    startServer(port, { metrics, traces: gateway.endpoint }),
  )
  children.push(startExporter(gateway.endpoint))
  for (const { metrics } of servers) {
    await waitFor(
      () =>
        fetch(`http://127.0.0.1:${metrics}/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      20_000,
      'a server',
    )
  }
  const began = Date.now() / 1000
  const call = (rate: number, duration: number) =>
    children.push(...servers.map(({ port }, at) => startTraffic(port, at === 0 ? rate : rate / 2, duration)))
  call(6, 0)
  await wait(seconds * 350)
  call(20, Math.round(seconds * 0.25))
  await wait(seconds * 650)
  return {
    prometheus,
    began,
    async stop() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
    },
  }
}

function startServer(port: number, { metrics, traces }: { metrics: number; traces: string }): ChildProcess {
  return start(['serve', '--port', String(port), '--demo-tools', '--concurrency', '3'], {
    OTEL_EXPORTER_PROMETHEUS_PORT: String(metrics),
    OTEL_EXPORTER_OTLP_ENDPOINT: traces,
    OTEL_SERVICE_NAME: 'mcp-hello-server',
  })
}

function startExporter(gateway: string): ChildProcess {
  return start(['exporter', '--interval', '2'], {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '2000',
    OTEL_EXPORTER_OTLP_ENDPOINT: gateway,
    OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mcp-vitals-exporter-0',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  })
}

function startTraffic(port: number, rate: number, duration: number): ChildProcess {
  return start([
    'traffic',
    '--url',
    `http://127.0.0.1:${port}/mcp`,
    '--rate',
    String(rate),
    '--duration',
    String(duration),
  ])
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH = '' } = process.env
  return spawn(process.execPath, [args[0] === 'traffic' ? VITALS : SERVER, ...args], {
    env: { PATH, ...env },
    stdio: 'ignore',
  })
}
