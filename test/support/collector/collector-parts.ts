// A folder of parts in, starters of the Collectors in it out: the gateway, and the sidecar in front of it.
import { join } from 'node:path'
import type { PartProcess } from '../programs/part-process.ts'
import type { PartsFolder } from '../programs/parts-folder.ts'
import { NOBODY } from '../programs/parts-folder.ts'

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

/** A gateway's variables that have it deliver to a Prometheus. */
export function deliverTo({ url }: { readonly url: string }) {
  return { PROMETHEUS_OTLP_ENDPOINT: `${url}/api/v1/otlp`, PROMETHEUS_WRITE_ENDPOINT: `${url}/api/v1/write` }
}

export function collectorParts({ place, ports, start }: PartsFolder) {
  return {
    /** otel/gateway.yaml, and what is laid over it. */
    async gateway(env: Readonly<Record<string, string>> = {}, over: readonly string[] = []): Promise<RunningGateway> {
      const at = place('gateway')
      const [grpc, http, pull, health, telemetry] = await ports([4327, 4328, 8889, 13134, 8888])
      const part = await start('otelcol', at, {
        args: ['otel/gateway.yaml', ...over].flatMap((file) => ['--config', file]),
        env: {
          GATEWAY_GRPC: `127.0.0.1:${grpc}`,
          GATEWAY_HTTP: `127.0.0.1:${http}`,
          GATEWAY_PULL: `127.0.0.1:${pull}`,
          GATEWAY_HEALTH: `127.0.0.1:${health}`,
          GATEWAY_TELEMETRY_PORT: String(telemetry),
          GATEWAY_STATE: at.inside,
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
        logs: join(at.inside, 'logs.jsonl'),
      }
    },

    /** otel/sidecar.yaml, and what is laid over it. */
    async sidecar(
      gatewayEndpoint: string,
      env: Readonly<Record<string, string>> = {},
      over: readonly string[] = [],
    ): Promise<RunningSidecar> {
      const at = place('sidecar')
      const [grpc, http, health] = await ports([4317, 4318, 13133])
      const part = await start('otelcol', at, {
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
  }
}
