// Runs the containers of the overlays on this machine with the same arguments, files and variables.
// Only addresses and file paths differ, each by a substitution that is declared here.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1Container } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { parse } from 'yaml'
import { environmentOf, substituted } from '../support/cluster/container-environment.ts'
import { containersOf, objectsIn, workloadsIn } from '../support/cluster/kubernetes-objects.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../support/collector/loopback-certificate.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import type { PartProcess } from '../support/programs/part-process.ts'
import { startPart } from '../support/programs/part-process.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const parts = useRealParts()
const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-pods-'))
const started: PartProcess[] = []
afterAll(async () => {
  for (const part of started.toReversed()) await part.stop()
  rmSync(folder, { recursive: true, force: true })
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const FILES = { token: '', ca: '', cert: '', key: '' }
beforeAll(() => {
  FILES.token = file('token', 'a-token-of-this-test\n')
  FILES.ca = file('ca.crt', LOOPBACK_CERTIFICATE)
  FILES.cert = file('tls.crt', LOOPBACK_CERTIFICATE)
  FILES.key = file('tls.key', LOOPBACK_KEY)
})

/** The pod fields that the cluster would provide. */
const POD = {
  'metadata.name': 'mcp-hello-server-7d9f-x2x4p',
  'metadata.uid': '4f2a4e0c-93a5-4bb5-9c5e-0f3a3a9b7a11',
  'metadata.namespace': 'mcp',
  'spec.nodeName': 'node-1',
  "metadata.labels['cluster']": 'production',
  "metadata.labels['environment']": 'production',
}

function container(overlay: string, workload: string, name: string): V1Container {
  const rendered = execFileSync(inject('parts').kubectl, ['kustomize', `k8s/overlays/${overlay}`], { encoding: 'utf8' })
  const pod = workloadsIn(objectsIn(rendered)).find((found) => found.name === workload)?.pod
  const found = pod && containersOf(pod).find((one) => one.name === name)
  if (found === undefined) throw new Error(`${overlay} has no ${name} in ${workload}`)
  return found
}

/** Replaces mounted paths with the files that the ConfigMap is made from. */
function argumentsOf({ args = [] }: V1Container): string[] {
  return args.map((argument) => argument.replace('/etc/otelcol/', 'otel/'))
}

interface Started {
  readonly port: (variable: string) => number
}

/**
 * Starts the container of a Collector with a free port for every address variable, and with `values`.
 * `own` overrides default ports, which may be in use on this machine.
 */
async function startCollector(
  of: V1Container,
  values: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const env = environmentOf(of, POD)
  const addresses = Object.keys(env).filter((name) => /^0\.0\.0\.0:\d+$/.test(env[name] ?? ''))
  const ports = await freePorts(addresses.length)
  const local = Object.fromEntries(addresses.map((name, index) => [name, `127.0.0.1:${ports[index]}`]))
  const port = (variable: string) => Number(local[variable]?.split(':')[1])
  const health = addresses.find((name) => name.endsWith('_HEALTH')) ?? ''
  started.push(
    await startPart({
      name: of.name,
      path: inject('parts').otelcol,
      args: argumentsOf(of),
      env: { ...substituted(env, { ...local, ...values }), ...own },
      logFile: join(folder, `${of.name}-${started.length}.log`),
      readyUrl: `http://127.0.0.1:${port(health)}`,
    }),
  )
  return { port }
}

function guardedGateway(
  overlay: string,
  values: Readonly<Record<string, string>> = {},
  own: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const here = {
    GATEWAY_TLS_CERT: FILES.cert,
    GATEWAY_TLS_KEY: FILES.key,
    GATEWAY_TOKEN_FILE: FILES.token,
    GATEWAY_STATE: mkdtempSync(join(folder, 'state-')),
    GATEWAY_TELEMETRY_HOST: '127.0.0.1',
    GATEWAY_TELEMETRY_PORT: '0',
    PROMETHEUS_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    TRACES_ENDPOINT: '127.0.0.1:1',
    ...values,
  }
  return startCollector(container(overlay, 'otel-gateway', 'otel-gateway'), here, own)
}

function statusOf(url: string, token?: string, body = '{}'): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const sent = request(url, { method: 'POST', headers, ca: LOOPBACK_CERTIFICATE, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('the overlay production-push', () => {
  it('pushes its series to Prometheus with the pod labels, through a gateway that requires a token', async () => {
    parts.watch()
    const prometheus = await parts.prometheus()
    const gateway = await guardedGateway('production-push', {
      PROMETHEUS_OTLP_ENDPOINT: prometheus.otlpUrl.replace('/v1/metrics', ''),
    })
    const [grpc, http] = await freePorts(2)
    await startCollector(
      container('production-push', 'mcp-hello-server', 'otel-sidecar'),
      {
        GATEWAY_ENDPOINT: `https://127.0.0.1:${gateway.port('GATEWAY_HTTP')}`,
        GATEWAY_TOKEN_FILE: FILES.token,
        GATEWAY_CA: FILES.ca,
      },
      { SIDECAR_GRPC: `127.0.0.1:${grpc}`, SIDECAR_HTTP: `127.0.0.1:${http}` },
    )
    const env = environmentOf(container('production-push', 'mcp-hello-server', 'mcp-server'), POD)
    const server = await runServer(
      [],
      substituted(env, {
        MCP_VITALS_HOST: '127.0.0.1',
        MCP_VITALS_PORT: '0',
        MCP_VITALS_TOKEN_FILE: FILES.token,
        MCP_VITALS_CLUSTER: 'simulated',
        OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${http}`,
        OTEL_METRIC_EXPORT_INTERVAL: '500',
      }),
    )

    const info = await waitFor(async () => (await prometheus.query('mcp_server_info'))[0], 60_000, 'the pushed series')
    expect(info.labels).toMatchObject({
      job: 'mcp-hello-server',
      instance: POD['metadata.uid'],
      k8s_namespace_name: 'mcp',
      k8s_pod_name: POD['metadata.name'],
      k8s_cluster_name: 'production',
      deployment_environment_name: 'production',
    })
    // The query that prometheus-adapter runs for the autoscaler, with its placeholders filled in.
    const { rules } = parse(readFileSync('k8s/components/hpa/prometheus-adapter-values.yaml', 'utf8'))
    const [{ seriesQuery, metricsQuery, name }] = rules.custom
    expect(name.as).toBe(scaledBy())
    const [series] = await prometheus.query(seriesQuery)
    expect(series?.labels['__name__']).toBe('mcp_active_requests')
    const asked = metricsQuery
      .replace('<<.Series>>', series?.labels['__name__'])
      .replace('<<.LabelMatchers>>', `k8s_namespace_name="mcp",k8s_pod_name=~"${POD['metadata.name']}"`)
      .replace('<<.GroupBy>>', 'k8s_pod_name')
    expect(await prometheus.query(asked)).toEqual([{ labels: { k8s_pod_name: POD['metadata.name'] }, value: 0 }])
    expect(server.stderr()).not.toMatch(/OTEL_\w+:|warn/i)
    const endpoint = `https://127.0.0.1:${gateway.port('GATEWAY_HTTP')}/v1/metrics`
    expect(await statusOf(endpoint, 'a-token-of-this-test')).toBe(200)
    expect(await statusOf(endpoint)).toBe(401)
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  })
})

describe('the overlay production-pull', () => {
  it('serves /metrics on the port of the Service, passes its probes, and requires a token for MCP and for /metrics', async () => {
    const of = container('production-pull', 'mcp-hello-server', 'mcp-server')
    const env = environmentOf(of, POD)
    const named = Object.fromEntries(
      (of.ports ?? []).map(({ name = '', containerPort }) => [name, String(containerPort)]),
    )
    expect(named).toEqual({ mcp: env['MCP_VITALS_PORT'], metrics: env['OTEL_EXPORTER_PROMETHEUS_PORT'] })
    const server = await runServer(
      [],
      substituted(env, {
        MCP_VITALS_HOST: '127.0.0.1',
        MCP_VITALS_TOKEN_FILE: FILES.token,
        MCP_VITALS_METRICS_TOKEN_FILE: FILES.token,
        MCP_VITALS_CLUSTER: 'simulated',
        OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      }),
    )
    expect((await fetch(server.metricsUrl)).status).toBe(401)
    const authorization = `Bearer ${readFileSync(FILES.token, 'utf8').trim()}`
    const exposed = await (await fetch(server.metricsUrl, { headers: { authorization } })).text()
    expect(exposed).toContain(`k8s_pod_name="${POD['metadata.name']}"`)
    expect(exposed).toContain('mcp_server_info{')
    for (const probe of [of.startupProbe, of.livenessProbe, of.readinessProbe]) {
      const url = new URL(probe?.httpGet?.path ?? '/no', server.metricsUrl)
      // A kubelet addresses the pod by IP address.
      expect((await fetch(url)).status).toBe(200)
    }
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(401)
    server.child.kill('SIGTERM')
    await server.exited
  })
})

describe('the gateway of each production overlay', () => {
  it('exposes span metrics on its pull port, and sends them to Prometheus only in production-push', async () => {
    for (const overlay of ['production-pull', 'production-push']) {
      const gateway = await guardedGateway(overlay, {}, { SPAN_METRICS_INTERVAL: '200ms' })
      const log = started.at(-1)?.log ?? (() => '')
      const traces = `https://127.0.0.1:${gateway.port('GATEWAY_HTTP')}/v1/traces`
      expect(await statusOf(traces, 'a-token-of-this-test', JSON.stringify(oneSpan()))).toBe(200)
      const offered = async () => (await fetch(`http://127.0.0.1:${gateway.port('GATEWAY_PULL')}/metrics`)).text()
      await waitFor(async () => (await offered()).includes('traces_span_metrics_calls_total{'), 30_000, 'span metrics')
      // Nothing listens at the backends. Both overlays log failed traces; only push logs failed metrics.
      await waitFor(() => log().includes('otlp_grpc/traces'), 30_000, 'a complaint')
      if (overlay === 'production-push')
        await waitFor(() => log().includes('otlp_http/prometheus'), 30_000, 'a complaint')
      else expect(log()).not.toContain('otlp_http/prometheus')
    }
  })
})

/** Returns the pod metric that the autoscaler uses. */
function scaledBy(): string {
  const { spec } = parse(readFileSync('k8s/components/hpa/horizontal-pod-autoscaler.yaml', 'utf8'))
  return spec.metrics.map(({ pods }: { pods: { metric: { name: string } } }) => pods.metric.name).join()
}

function oneSpan(): object {
  const now = BigInt(Date.now()) * 1_000_000n
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'tools/call hello_world',
    kind: 2,
    startTimeUnixNano: String(now - 5_000_000n),
    endTimeUnixNano: String(now),
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'mcp-hello-server' } }] }
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }
}
