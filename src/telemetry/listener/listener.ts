// The pull reader and the listener's settings in, a listener with /metrics and probes out, if one is asked for.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { diag } from '@opentelemetry/api'
import type { MetricReader } from '@opentelemetry/sdk-metrics'
import type { LivePage } from '../../page/page.ts'
import type { TelemetrySettings } from '../configuration/environment.ts'
import type { Readiness } from './endpoint.ts'
import { createEndpoint } from './endpoint.ts'

export interface ListenerOptions {
  /** Listen also when no pull is asked for: for the probes; /metrics is then a 404 that says why. */
  readonly always?: boolean | undefined
  /** A taken port rejects. Otherwise it is one line on stderr, and the program goes on without the listener. */
  readonly required?: boolean | undefined
  /** What /ready answers. */
  readonly ready?: (() => Readiness | Promise<Readiness>) | undefined
}

interface StartOptions extends ListenerOptions {
  readonly pull: Pick<MetricReader, 'collect'> | undefined
  /** Why there are no metrics, if the settings are not why. */
  readonly noMetrics: string | undefined
  readonly onScrape: (seconds: number) => void
}

export interface Listener {
  readonly metricsUrl: string | undefined
  readonly healthUrl: string | undefined
  /** Where a person looks, with the launch token; undefined where there is no page. */
  readonly pageUrl: string | undefined
  /** The port listened on. */
  readonly port: number | undefined
  /** True if somebody else has the port. */
  readonly refused: boolean
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  close(): Promise<void>
}

/** Callbacks have a deadline of their own below this; a collection that takes longer is broken. */
const COLLECT_MS = 5_000
const CLOSE_MS = 500
const NO_PAGE =
  'The live page is off. MCP_VITALS_PAGE=on switches it on; beyond loopback it needs MCP_VITALS_PAGE_TOKEN_FILE as well.'

/** @throws {Error} of one line, if the port cannot be had and is required. */
export async function startListener(settings: TelemetrySettings, options: StartOptions): Promise<Listener> {
  const { host, port, bearerToken, tls, allowedHosts } = settings.listener
  const { pull, onScrape, ready } = options
  const page = pull !== undefined && settings.page.on ? await createPage(pull) : undefined
  const endpoint = createEndpoint({
    page: page ?? (pull === undefined ? (options.noMetrics ?? absence(settings)) : NO_PAGE),
    scrape:
      pull === undefined
        ? (options.noMetrics ?? absence(settings))
        : // Loads what reads the SDK's data.
          (await import('../scrape/scrape.ts')).createScrapeHandler({
            collect: () => pull.collect({ timeoutMillis: COLLECT_MS }),
            bearerToken,
            onScrape,
          }),
    ready,
    tls,
    allowedHosts,
  })
  const wanted = pull !== undefined || options.always === true
  const url = wanted ? await listen() : undefined
  return {
    metricsUrl: url !== undefined && pull !== undefined ? `${url}/metrics` : undefined,
    pageUrl: url === undefined ? undefined : page?.url(url),
    healthUrl: url === undefined ? undefined : `${url}/health`,
    port: url === undefined ? undefined : Number(/:(\d{1,5})$/.exec(url)?.[1]),
    refused: wanted && url === undefined,
    handler: endpoint.handler,
    close() {
      page?.close()
      return endpoint.close(CLOSE_MS)
    },
  }

  async function createPage(reader: Pick<MetricReader, 'collect'>): Promise<LivePage> {
    const { token, grafanaUrl, tracesUrl, runtimeFolder } = settings.page
    const { startPage } = await import('../../page/in-process/start-page.ts')
    return startPage({
      reader,
      token,
      isSecure: tls !== undefined,
      links: { grafana: grafanaUrl, traces: tracesUrl },
      runtimeFolder,
    })
  }

  async function listen(): Promise<string | undefined> {
    try {
      return await endpoint.listen({ host, port })
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error)
      const message = `the metrics listener cannot use ${host}:${port} (${reason}); OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT say where it listens`
      if (options.required === true) throw new Error(message, { cause: error })
      diag.error(`${message}; the program goes on without it`)
      return undefined
    }
  }
}

function absence({ disabled, metrics: { push } }: TelemetrySettings): string {
  if (disabled) return 'There are no metrics: OTEL_SDK_DISABLED is true.'
  return push
    ? 'Metrics are pushed by OTLP: OTEL_METRICS_EXPORTER does not name prometheus.'
    : 'There are no metrics: OTEL_METRICS_EXPORTER is none.'
}
