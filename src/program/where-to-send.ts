// The lines that tell a person how to send telemetry to a running hub.
import { SCOPE } from '@mcp-vitals/instrumentation'
import type { Hub } from '../page/hub/hub.ts'

export function whereToSend({ pageUrl, otlpHttpUrl, otlpGrpcUrl }: Hub, asksForToken: boolean): string {
  return [
    `mcp-vitals ${SCOPE.version}: the hub receives OTLP`,
    `  page  ${pageUrl}`,
    `  HTTP  ${otlpHttpUrl}`,
    `  gRPC  ${otlpGrpcUrl}`,
    'Set for each server:',
    `  export OTEL_EXPORTER_OTLP_ENDPOINT=${otlpHttpUrl}`,
    '  export OTEL_METRICS_EXPORTER=otlp',
    '  export OTEL_METRIC_EXPORT_INTERVAL=1000',
    ...(asksForToken ? ['  export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $TOKEN"'] : []),
  ].join('\n')
}
