// Receives OTLP over gRPC.
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { OtlpSignal } from './otlp-messages.ts'
import type { OtlpReceiver, Verdict } from './otlp-receiver.ts'
import { MAX_REQUEST_BYTES } from './otlp-receiver.ts'
import type { ReceivingListener } from './receive-http.ts'

const SERVICES: Readonly<Record<OtlpSignal, string>> = {
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}

const CODES: Readonly<Record<Exclude<Verdict, 'taken'>, status>> = {
  unauthorized: status.UNAUTHENTICATED,
  'too many requests': status.RESOURCE_EXHAUSTED,
  'too many servers': status.RESOURCE_EXHAUSTED,
  'not OTLP': status.INVALID_ARGUMENT,
}

const asIs = (bytes: Buffer) => bytes
const NOTHING = Buffer.alloc(0)
const CLOSE_MS = 500

/** Rejects for a port that is taken. */
export async function receiveGrpc(
  { host, port }: { readonly host: string; readonly port: number },
  receiver: OtlpReceiver,
): Promise<ReceivingListener> {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES })
  for (const [signal, path] of Object.entries(SERVICES) as [OtlpSignal, string][]) {
    const export_ = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    }
    const implementation: UntypedServiceImplementation = {
      export: (
        call: { request: Buffer; metadata: { get(key: string): unknown[] } },
        done: (error: { code: status; details: string } | null, answer?: Buffer) => void,
      ) => {
        const verdict =
          receiver.admit(String(call.metadata.get('authorization')[0] ?? '')) ??
          receiver.receive(signal, call.request, false)
        if (verdict === 'taken') done(null, NOTHING)
        else done({ code: CODES[verdict], details: verdict })
      },
    }
    server.addService({ export: export_ } as ServiceDefinition, implementation)
  }
  const name = host.includes(':') ? `[${host}]` : host
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${name}:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error === null ? resolve(found) : reject(error),
    )
  })
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.forceShutdown(), CLOSE_MS)
        server.tryShutdown(() => {
          clearTimeout(cut)
          resolve()
        })
      }),
  }
}
