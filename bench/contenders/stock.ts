// OpenTelemetry JS as it comes: a MeterProvider without views, and its own Prometheus exporter.
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Contender } from '../contender.ts'
import { listen } from '../contender.ts'
import { apiInstruments, apiRecorder } from './api-recorder.ts'

export async function start(push?: PeriodicExportingMetricReader): Promise<Contender> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: push === undefined ? [exporter] : [exporter, push] })
  const meter = provider.getMeter('bench')
  return {
    recorder: apiRecorder(meter),
    ...apiInstruments(meter),
    metricsUrl: await listen((request, response) => exporter.getMetricsRequestHandler(request, response)),
    shutdown: () => provider.shutdown(),
  }
}

export async function startWithTwoReaders(): Promise<Contender> {
  return start(pushing(3_600_000))
}

/** Pushes to the endpoint of the standard variable. */
export async function startPushing(): Promise<Contender> {
  return start(pushing(60_000))
}

function pushing(exportIntervalMillis: number): PeriodicExportingMetricReader {
  return new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(), exportIntervalMillis })
}

/** With a span for each call, made by hand, sent in batches to the endpoint of the standard variable. */
export async function startWithSpans(): Promise<Contender> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }))
  const tracer = trace.getTracer('bench')
  return {
    ...(await start()),
    trace: (tool, run) =>
      tracer.startActiveSpan(`tools/call ${tool}`, (span) => {
        span.setAttributes({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool })
        try {
          return run()
        } finally {
          span.end()
        }
      }),
    flush: () => processor.forceFlush(),
  }
}
