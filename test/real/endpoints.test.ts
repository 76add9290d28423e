// Tests that the server reports a wrong OTLP endpoint in one log line and keeps serving.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import type { RunningGateway } from '../support/collector/collector-parts.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const parts = useRealParts()
let gateway: RunningGateway
beforeAll(async () => {
  gateway = await parts.gateway()
})

/** The time from program start to the log line, with default intervals and timeouts. */
const TOLD_MS = 10_000

async function lineAbout(env: Readonly<Record<string, string>>): Promise<string> {
  const server = await runServer([], {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    ...env,
  })
  const lines = () =>
    server
      .stderr()
      .split('\n')
      .filter((line) => line.includes('OTLP'))
  await waitFor(() => lines().length > 0, TOLD_MS, 'a line')
  const { client } = await connectClient(server.url)
  expect(await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })).toMatchObject({
    structuredContent: { success: true },
  })
  expect(lines()).toHaveLength(1)
  server.child.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  return lines()[0] ?? ''
}

describe('the server with a wrong OTLP endpoint', () => {
  it('logs one line with ECONNREFUSED and keeps serving when nothing listens', async () => {
    parts.watch()
    const [port] = await freePorts(1)
    const line = await lineAbout({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
    expect(line).toMatch(
      new RegExp(`OTLP export of metrics to http://127\\.0\\.0\\.1:${port}/v1/metrics fails: .*ECONNREFUSED`),
    )
  })

  it('logs one line about the missing response and keeps serving when the endpoint never responds', async () => {
    parts.watch()
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const line = await lineAbout({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
    expect(line).toContain(`OTLP export of metrics to http://127.0.0.1:${port}/v1/metrics fails: no complete answer`)
    silent.close()
  })

  it('logs one line that suggests grpc and keeps serving when HTTP reaches a gRPC port', async () => {
    parts.watch()
    const line = await lineAbout({ OTEL_EXPORTER_OTLP_ENDPOINT: gateway.grpcEndpoint })
    expect(line).toContain('a gRPC port wants OTEL_EXPORTER_OTLP_PROTOCOL=grpc')
  })

  it('logs one line that suggests http/protobuf and keeps serving when gRPC reaches an HTTP port', async () => {
    parts.watch()
    const line = await lineAbout({ OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })
    expect(line).toContain(`OTLP export of metrics to ${gateway.endpoint} fails: the endpoint does not speak gRPC`)
    expect(line).toContain('an HTTP port wants OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf')
  })

  it('logs one line with HTTP 404 and keeps serving when the path does not exist', async () => {
    parts.watch()
    const line = await lineAbout({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${gateway.endpoint}/v1/nothing` })
    expect(line).toContain('HTTP 404')
  })
})
