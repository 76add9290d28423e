// A loopback OTLP/gRPC endpoint, which decodes what it takes or never answers.
import type { handleUnaryCall } from '@grpc/grpc-js'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { Received, Signal } from './otlp-messages.ts'
import { decodeProtobuf } from './otlp-messages.ts'

export interface OtlpGrpcSink {
  readonly endpoint: string
  readonly received: readonly Received[]
  behave(behaviour: 'ok' | 'hang'): void
  close(): void
}

const SERVICES: Readonly<Record<Signal, string>> = {
  metrics: 'metrics.v1.MetricsService',
  traces: 'trace.v1.TraceService',
  logs: 'logs.v1.LogsService',
}

export async function startOtlpGrpcSink(): Promise<OtlpGrpcSink> {
  let behaviour: 'ok' | 'hang' = 'ok'
  const received: Received[] = []
  const server = new Server()
  const bytes = (value: Buffer) => value
  for (const signal of Object.keys(SERVICES) as Signal[]) {
    const take: handleUnaryCall<Buffer, Buffer> = ({ request }, done) => {
      if (behaviour === 'hang') return
      received.push(decodeProtobuf(signal, request))
      done(null, Buffer.alloc(0))
    }
    const call = {
      path: `/opentelemetry.proto.collector.${SERVICES[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    }
    server.addService({ export: call }, { export: take })
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    behave(next) {
      behaviour = next
    },
    close: () => server.forceShutdown(),
  }
}
