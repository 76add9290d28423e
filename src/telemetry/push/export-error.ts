// Why an export failed in, an error that names it out. It is told on stderr when it begins; OTel's readers and processors
// hand it on to OTel's error handler at every export, which the diagnostics recognise by its name.

/** An export by OTLP that did not arrive. Its message says what the endpoint did. */
export class OtlpExportError extends Error {
  override readonly name = 'OtlpExportError'
}

/** True for a line in which OpenTelemetry repeats what was told already. */
export function repeatsExportError(line: string): boolean {
  return line.includes('OtlpExportError')
}

/** gRPC's status for a connection that cannot be made. */
const GRPC_UNAVAILABLE = 14

/** One sentence, for whoever has to find out why. */
export function reasonOf(error: unknown): string {
  const { message = '', code } = (error ?? {}) as { message?: string; code?: unknown }
  if (code === GRPC_UNAVAILABLE && message.includes('Protocol error')) {
    return 'the endpoint does not speak gRPC; an HTTP port wants OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf'
  }
  if (typeof code === 'string' && code.startsWith('HPE_')) {
    return 'the endpoint does not speak HTTP; a gRPC port wants OTEL_EXPORTER_OTLP_PROTOCOL=grpc'
  }
  return message !== '' ? message : typeof code === 'string' ? code : 'refused, without a reason'
}
