// Loads packages as CommonJS, each when it is asked for. The ES modules of OpenTelemetry's packages that contain gRPC find it through
// `createRequire(import.meta.url)`: bundlers do not follow it, and in a CommonJS bundle it throws while the module loads. pino takes 10 ms to
// load, and not every program logs.

module.exports = {
  pino: () => require('pino'),
  sdkNode: () => require('@opentelemetry/sdk-node'),
  grpcMetrics: () => require('@opentelemetry/exporter-metrics-otlp-grpc'),
  grpcTraces: () => require('@opentelemetry/exporter-trace-otlp-grpc'),
  grpcLogs: () => require('@opentelemetry/exporter-logs-otlp-grpc'),
}
