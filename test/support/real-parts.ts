// Paths of the real programs in, each of them started on free ports of loopback out, with the configuration files that people
// use: one folder for all that they write, everything ended and removed together.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../parts/parts.ts'
import type { AlertReceivers } from './alert-receivers.ts'
import { alertmanagerFor } from './alertmanager-for.ts'
import { derivedConfig, takenIn } from './derived-config.ts'
import { freePorts, preferredPorts } from './free-ports.ts'
import type { PartProcess } from './part-process.ts'
import { startPart } from './part-process.ts'
import type { PrometheusApi } from './prometheus-api.ts'
import { prometheusApi } from './prometheus-api.ts'

export interface RunningPrometheus extends PartProcess, PrometheusApi {
  readonly url: string
  /** For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. */
  readonly otlpUrl: string
  /** Read again at SIGHUP. */
  readonly configFile: string
}

/** A gateway's variables that have it deliver to a Prometheus. */
export function deliverTo({ url }: { readonly url: string }) {
  return { PROMETHEUS_OTLP_ENDPOINT: `${url}/api/v1/otlp`, PROMETHEUS_WRITE_ENDPOINT: `${url}/api/v1/write` }
}

export interface ScrapeTarget {
  /** Host and port. */
  readonly address: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface PrometheusOptions {
  readonly name?: string
  /** What `mcp-server` is in the configuration, each with what labels it gets. */
  readonly targets?: readonly ScrapeTarget[]
  /** @default '1s' */
  readonly scrapeInterval?: string
  /** Host and port of the gateway's pull exporter: its job is taken in. */
  readonly gatewayPull?: string
  /** Host and port of the gateway's own metrics. */
  readonly gateway?: string
  /** Its `instance`, in place of that address. */
  readonly gatewayInstance?: string
  readonly alertmanager?: string
  readonly longTerm?: string
  readonly flags?: readonly string[]
  /** What is done to the rules. @default evaluated every second */
  readonly rules?: (shipped: string) => string
}

export interface RunningGateway extends PartProcess {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`, over HTTP. */
  readonly endpoint: string
  readonly grpcEndpoint: string
  /** Host and port that a Prometheus may scrape. */
  readonly pull: string
  /** Host and port of its own metrics. */
  readonly telemetry: string
  readonly logs: string
}

export interface RunningSidecar extends PartProcess {
  readonly endpoint: string
  readonly grpcEndpoint: string
}

export interface RunningJaeger extends PartProcess {
  readonly url: string
  readonly grpc: string
}

export type RealParts = Awaited<ReturnType<typeof openParts>>

/** Nobody listens there: a part of the configuration that a test has no use for. */
const NOBODY = '127.0.0.1:1'

function evaluatedFast(shipped: string): string {
  const fast = shipped.replaceAll(/^( +interval: )(?:10|30)s$/gm, (_, name: string) => `${name}1s`)
  if (fast === shipped) throw new Error('a file of rules has no interval that is known here')
  return fast
}

/** YAML of the flow kind: JSON is that. */
function staticConfig({ address, labels = {} }: ScrapeTarget): string {
  return `- ${JSON.stringify({ targets: [address], labels })}`
}

export interface PartsOptions {
  /** Where a part's own port is free it gets it, for people who know them by heart. @default false */
  readonly usualPorts?: boolean
}

export function openParts(
  paths: Readonly<Partial<Record<Program, string>>>,
  { usualPorts = false }: PartsOptions = {},
) {
  const portsLike = (usual: readonly number[]) => (usualPorts ? preferredPorts(usual) : freePorts(usual.length))

  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-parts-'))
  const running: PartProcess[] = []
  const path = (program: Program) => {
    const found = paths[program]
    if (found === undefined) throw new Error(`${program} was not asked for`)
    return found
  }
  const own = (name: string) => {
    const inside = join(folder, name)
    mkdirSync(inside, { recursive: true })
    return { inside, logFile: join(inside, 'output.log') }
  }
  const started = async (options: Parameters<typeof startPart>[0]) => {
    const part = await startPart(options)
    running.push(part)
    return part
  }
  const unused = (name: string) => (running.some((part) => part.name === name) ? `${name}-${running.length}` : name)

  return {
    folder,
    running: running as readonly PartProcess[],

    /** alerts/prometheus.yml, scraping and evaluating every second. */
    async prometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
      const { targets = [{ address: NOBODY }], gateway = NOBODY, alertmanager = NOBODY, longTerm = NOBODY } = options
      const name = unused(options.name ?? 'prometheus')
      const { inside, logFile } = own(name)
      const [port] = await portsLike([9090])
      const targetLine = '- targets: [mcp-server:9464]'
      let config = derivedConfig('alerts/prometheus.yml', {
        'scrape_interval: 15s': `scrape_interval: ${options.scrapeInterval ?? '1s'}`,
        'evaluation_interval: 30s': 'evaluation_interval: 1s',
        [targetLine]: targets.map(staticConfig).join('\n      '),
        '- targets: [otel-gateway:8888]': staticConfig({
          address: gateway,
          ...(options.gatewayInstance !== undefined && { labels: { instance: options.gatewayInstance } }),
        }),
        'localhost:9090': `127.0.0.1:${port}`,
        'alertmanager:9093': alertmanager,
        'prometheus-long-term:9090': longTerm,
      })
      if (options.gatewayPull !== undefined) {
        config = takenIn(config, 'job_name: otel-gateway-pull').replace('otel-gateway:8889', options.gatewayPull)
      }
      const configFile = join(inside, 'prometheus.yml')
      writeFileSync(configFile, config)
      for (const [, file] of config.matchAll(/^ {2}- (\S+\.yml)$/gm)) {
        writeFileSync(join(inside, String(file)), derivedConfig(`alerts/${file}`, options.rules ?? evaluatedFast))
      }
      const url = `http://127.0.0.1:${port}`
      const part = await started({
        name,
        logFile,
        path: path('prometheus'),
        args: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${join(inside, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-otlp-receiver',
          '--web.enable-remote-write-receiver',
          `--enable-feature=${['exemplar-storage', ...(options.flags ?? [])].join()}`,
        ],
        readyUrl: `${url}/-/ready`,
      })
      return { ...part, ...prometheusApi(url), url, otlpUrl: `${url}/api/v1/otlp/v1/metrics`, configFile }
    },

    /** alerts/prometheus-long-term.yml */
    async longTerm(): Promise<RunningPrometheus> {
      const name = unused('prometheus-long-term')
      const { inside, logFile } = own(name)
      const [port] = await portsLike([9091])
      copyFileSync('alerts/prometheus-long-term.yml', join(inside, 'prometheus.yml'))
      const url = `http://127.0.0.1:${port}`
      const part = await started({
        name,
        logFile,
        path: path('prometheus'),
        args: [
          `--config.file=${join(inside, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(inside, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-remote-write-receiver',
        ],
        readyUrl: `${url}/-/ready`,
      })
      return { ...part, ...prometheusApi(url), url, otlpUrl: '', configFile: join(inside, 'prometheus.yml') }
    },

    /** otel/gateway.yaml, and what is laid over it. */
    async gateway(env: Readonly<Record<string, string>> = {}, over: readonly string[] = []): Promise<RunningGateway> {
      const name = unused('gateway')
      const { inside, logFile } = own(name)
      const [grpc, http, pull, health, telemetry] = await portsLike([4327, 4328, 8889, 13134, 8888])
      const part = await started({
        name,
        logFile,
        path: path('otelcol'),
        args: ['otel/gateway.yaml', ...over].flatMap((file) => ['--config', file]),
        env: {
          GATEWAY_GRPC: `127.0.0.1:${grpc}`,
          GATEWAY_HTTP: `127.0.0.1:${http}`,
          GATEWAY_PULL: `127.0.0.1:${pull}`,
          GATEWAY_HEALTH: `127.0.0.1:${health}`,
          GATEWAY_TELEMETRY_PORT: String(telemetry),
          GATEWAY_STATE: inside,
          SPAN_METRICS_INTERVAL: '1s',
          ...deliverTo({ url: `http://${NOBODY}` }),
          TRACES_ENDPOINT: NOBODY,
          ...env,
        },
        readyUrl: `http://127.0.0.1:${health}`,
      })
      return {
        ...part,
        endpoint: `http://127.0.0.1:${http}`,
        grpcEndpoint: `http://127.0.0.1:${grpc}`,
        pull: `127.0.0.1:${pull}`,
        telemetry: `127.0.0.1:${telemetry}`,
        logs: join(inside, 'logs.jsonl'),
      }
    },

    /** otel/sidecar.yaml, and what is laid over it. */
    async sidecar(
      gatewayEndpoint: string,
      env: Readonly<Record<string, string>> = {},
      over: readonly string[] = [],
    ): Promise<RunningSidecar> {
      const name = unused('sidecar')
      const { logFile } = own(name)
      const [grpc, http, health] = await portsLike([4317, 4318, 13133])
      const part = await started({
        name,
        logFile,
        path: path('otelcol'),
        args: ['otel/sidecar.yaml', ...over].flatMap((file) => ['--config', file]),
        env: {
          SIDECAR_GRPC: `127.0.0.1:${grpc}`,
          SIDECAR_HTTP: `127.0.0.1:${http}`,
          SIDECAR_HEALTH: `127.0.0.1:${health}`,
          GATEWAY_ENDPOINT: gatewayEndpoint,
          ...env,
        },
        readyUrl: `http://127.0.0.1:${health}`,
      })
      return { ...part, endpoint: `http://127.0.0.1:${http}`, grpcEndpoint: `http://127.0.0.1:${grpc}` }
    },

    /** otel/jaeger.yaml */
    async jaeger(): Promise<RunningJaeger> {
      const name = unused('jaeger')
      const { logFile } = own(name)
      const [grpc, query, queryGrpc, health] = await portsLike([4337, 16686, 16685, 13135])
      const part = await started({
        name,
        logFile,
        path: path('jaeger'),
        args: ['--config', 'otel/jaeger.yaml'],
        env: {
          JAEGER_GRPC: `127.0.0.1:${grpc}`,
          JAEGER_QUERY: `127.0.0.1:${query}`,
          JAEGER_QUERY_GRPC: `127.0.0.1:${queryGrpc}`,
          JAEGER_HEALTH: `127.0.0.1:${health}`,
        },
        readyUrl: `http://127.0.0.1:${health}/status`,
      })
      return { ...part, url: `http://127.0.0.1:${query}`, grpc: `127.0.0.1:${grpc}` }
    },

    /** alerts/alertmanager-local.yml; with receivers alerts/alertmanager.yml, which then tells them instead. */
    async alertmanager(
      receivers?: AlertReceivers,
    ): Promise<PartProcess & { readonly url: string; readonly address: string }> {
      const name = unused('alertmanager')
      const { inside, logFile } = own(name)
      const [port] = await portsLike([9093])
      const address = `127.0.0.1:${port}`
      const config = receivers === undefined ? 'alerts/alertmanager-local.yml' : alertmanagerFor(receivers, inside)
      const part = await started({
        name,
        logFile,
        path: path('alertmanager'),
        args: [
          `--config.file=${config}`,
          `--storage.path=${inside}`,
          `--web.listen-address=${address}`,
          '--cluster.listen-address=',
        ],
        readyUrl: `http://${address}/-/ready`,
      })
      return { ...part, url: `http://${address}`, address }
    },

    /** Ends all, in reverse, and removes what they wrote, unless it is to be looked at. */
    async close({ keep = false } = {}): Promise<void> {
      for (const part of running.toReversed()) await part.stop()
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}
