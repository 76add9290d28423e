// A folder of parts in, starters of the two Prometheus in it out: the one that scrapes and alerts, and the one that keeps for long.
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { derivedConfig, takenIn } from '../files/derived-config.ts'
import type { PartProcess } from '../programs/part-process.ts'
import type { PartsFolder } from '../programs/parts-folder.ts'
import { NOBODY } from '../programs/parts-folder.ts'
import type { PrometheusApi } from './prometheus-api.ts'
import { prometheusApi } from './prometheus-api.ts'

export interface RunningPrometheus extends PartProcess, PrometheusApi {
  readonly url: string
  /** For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. */
  readonly otlpUrl: string
  /** Read again at SIGHUP. */
  readonly configFile: string
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

export function prometheusParts({ place, ports, start }: PartsFolder) {
  return {
    /** alerts/prometheus.yml, scraping and evaluating every second. */
    async prometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
      const { targets = [{ address: NOBODY }], gateway = NOBODY, alertmanager = NOBODY, longTerm = NOBODY } = options
      const at = place(options.name ?? 'prometheus')
      const [port] = await ports([9090])
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
      const configFile = join(at.inside, 'prometheus.yml')
      writeFileSync(configFile, config)
      for (const [, file] of config.matchAll(/^ {2}- (\S+\.yml)$/gm)) {
        writeFileSync(join(at.inside, String(file)), derivedConfig(`alerts/${file}`, options.rules ?? evaluatedFast))
      }
      const url = `http://127.0.0.1:${port}`
      const part = await start('prometheus', at, {
        args: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${join(at.inside, 'data')}`,
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
      const at = place('prometheus-long-term')
      const [port] = await ports([9091])
      copyFileSync('alerts/prometheus-long-term.yml', join(at.inside, 'prometheus.yml'))
      const url = `http://127.0.0.1:${port}`
      const part = await start('prometheus', at, {
        args: [
          `--config.file=${join(at.inside, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(at.inside, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-remote-write-receiver',
        ],
        readyUrl: `${url}/-/ready`,
      })
      return { ...part, ...prometheusApi(url), url, otlpUrl: '', configFile: join(at.inside, 'prometheus.yml') }
    },
  }
}

function evaluatedFast(shipped: string): string {
  const fast = shipped.replaceAll(/^( +interval: )(?:10|30)s$/gm, (_, name: string) => `${name}1s`)
  if (fast === shipped) throw new Error('a file of rules has no interval that is known here')
  return fast
}

/** YAML of the flow kind: JSON is that. */
function staticConfig({ address, labels = {} }: ScrapeTarget): string {
  return `- ${JSON.stringify({ targets: [address], labels })}`
}
