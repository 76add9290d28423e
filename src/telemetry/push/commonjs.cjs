// OpenTelemetry's packages that contain gRPC, as CommonJS, each loaded when it is asked for. Their ES modules find gRPC through
// `createRequire(import.meta.url)`: bundlers do not follow it, and in a CommonJS bundle it throws while the module loads.

module.exports = {
  sdkNode: () => require('@opentelemetry/sdk-node'),
  grpcMetrics: () => require('@opentelemetry/exporter-metrics-otlp-grpc'),
  grpcTraces: () => require('@opentelemetry/exporter-trace-otlp-grpc'),
  grpcLogs: () => require('@opentelemetry/exporter-logs-otlp-grpc'),
}
