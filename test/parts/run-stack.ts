// `npm run stack`: the whole local stack from the built parts, less Grafana, with traffic: where to look, and a walk from the
// slowest call to its trace to its log line. Ctrl-C ends it.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { storedTrace } from '../support/collector/jaeger-api.ts'
import { preferredPorts } from '../support/programs/free-ports.ts'
import { openParts } from '../support/programs/real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'
import { PartError, provision } from './provision.ts'

const say = (line: string) => console.log(line)
const SERVER = join(import.meta.dirname, '../../src/server/cli.ts')
const VITALS = join(import.meta.dirname, '../../src/program/cli.ts')

try {
  await runStack()
} catch (error) {
  console.error(error instanceof PartError ? `stack: ${error.message}` : error)
  process.exitCode = 1
}

async function runStack(): Promise<void> {
  const paths = await provision(['prometheus', 'otelcol', 'alertmanager', 'jaeger'], { say })
  const parts = openParts(paths, { usualPorts: true })
  const children: ChildProcess[] = []
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const program = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [args[0] === 'serve' ? SERVER : VITALS, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = createWriteStream(join(parts.folder, `${name}.log`))
    child.stdout.pipe(output)
    child.stderr.pipe(output)
    children.push(child)
  }
  const outputOf = (name: string) => {
    const path = join(parts.folder, `${name}.log`)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  try {
    say('starting the trace store, Alertmanager, two Prometheus, the gateway and the sidecar …')
    const [jaeger, alertmanager, longTerm] = await Promise.all([parts.jaeger(), parts.alertmanager(), parts.longTerm()])
    const [mcpPort = 0, metricsPort = 0, telemetryPort = 0, pagePort = 0, hubHttp = 0, hubGrpc = 0] =
      await preferredPorts([3000, 9464, 8888, 9466, 4348, 4347])
    const prometheus = await parts.prometheus({
      targets: [{ address: `127.0.0.1:${metricsPort}` }],
      gateway: `127.0.0.1:${telemetryPort}`,
      alertmanager: alertmanager.address,
      longTerm: new URL(longTerm.url).host,
      scrapeInterval: '5s',
    })
    const hubUrl = `http://127.0.0.1:${hubHttp}`
    const gateway = await parts.gateway(
      {
        ...deliverTo(prometheus),
        TRACES_ENDPOINT: jaeger.grpc,
        GATEWAY_TELEMETRY_PORT: String(telemetryPort),
        HUB_ENDPOINT: hubUrl,
      },
      ['otel/gateway-hub.yaml'],
    )
    const sidecar = await parts.sidecar(gateway.endpoint)

    const hubPorts = ['--port', `${pagePort}`, '--otlp-http-port', `${hubHttp}`, '--otlp-grpc-port', `${hubGrpc}`]
    program('hub', ['hub', ...hubPorts])
    const pageUrl = await waitFor(() => /page +(\S+)\n/.exec(outputOf('hub'))?.[1], 20_000, 'the hub being there')

    // Scraped, and its traces and logs pushed: exemplars come with the scrape, and span metrics from the gateway besides. The hub gets
    // traces and logs from the gateway, and metrics from the server itself, so that Prometheus does not have them twice.
    program('server', ['serve', '--demo-tools', '--port', String(mcpPort)], {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${hubUrl}/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
      OTEL_EXPORTER_OTLP_ENDPOINT: sidecar.endpoint,
    })
    const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
    await waitFor(
      () =>
        fetch(metricsUrl).then(
          ({ ok }) => ok,
          () => false,
        ),
      20_000,
      'the server being there',
    )
    program('traffic', ['traffic', '--url', `http://127.0.0.1:${mcpPort}/mcp`])

    say(`
  live page           ${pageUrl}
  MCP                 http://127.0.0.1:${mcpPort}/mcp
  metrics             ${metricsUrl}
  Prometheus's API    ${prometheus.url}/api/v1/query?query=mcp_tool_calls_total
  recorded, for long  ${longTerm.url}/api/v1/query?query={__name__=~".%2B:.%2B"}
  alerts              ${alertmanager.url}/api/v2/alerts
  traces              ${jaeger.url}/api/traces?service=mcp-hello-server
  the gateway itself  http://${gateway.telemetry}/metrics
  output of all       ${parts.folder}

The other builds have no web pages; compose.yaml has them, and Grafana. Ctrl-C ends it.`)
    await Promise.race([stopped, walk(prometheus, jaeger.url, parts.folder)])
    await stopped
  } finally {
    say('\nending …')
    await Promise.all(children.map(endChild))
    await parts.close()
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** What docs/correlation.md does by hand: from a slow bucket to its trace, and from an error to its trace and log line. */
async function walk(prometheus: RunningPrometheus, jaegerUrl: string, folder: string): Promise<void> {
  const exemplar = (selector: string, least: number) =>
    waitFor(
      async () => (await prometheus.exemplars(selector)).findLast(({ value }) => value >= least),
      180_000,
      `an exemplar of ${selector}`,
    )
  const slow = await exemplar('mcp_tool_duration_seconds_bucket', 1)
  say(
    `\na slow call: ${slow.value.toFixed(3)} s in ${slow.labels['tool_name']}, in the bucket le="${slow.labels['le']}"`,
  )
  await sayTrace(jaegerUrl, slow.traceId)
  const failed = await exemplar('mcp_tool_errors_total{tool_name="demo_fail"}', 0)
  say(`\na failed call: ${failed.labels['error_type']} in ${failed.labels['tool_name']}`)
  await sayTrace(jaegerUrl, failed.traceId)
  const log = readFileSync(join(folder, 'server.log'), 'utf8').split('\n')
  for (const line of log.filter((each) => each.includes(failed.traceId))) say(`  in the log: ${line}`)
}

async function sayTrace(jaegerUrl: string, traceId: string): Promise<void> {
  const spans = await waitFor(
    async () => {
      const found = await storedTrace(jaegerUrl, traceId)
      return found.length > 0 ? found : undefined
    },
    60_000,
    'its trace',
  )
  say(`  its trace: ${jaegerUrl}/api/traces/${traceId}`)
  for (const { service, name, kind } of spans) say(`    ${service}: ${name} (${kind})`)
}
