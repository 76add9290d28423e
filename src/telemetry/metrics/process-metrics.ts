// Process and Node runtime metrics by OpenTelemetry's own packages, on our meter provider, under their conventional names.
import type { Meter, MeterProvider, MetricOptions } from '@opentelemetry/api'
import { HostMetricsInstrumentation } from '@opentelemetry/instrumentation-host-metrics'
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node'

/** Starts `process.*`, `nodejs.*` and `v8js.*`. Returns the stop. */
export function startProcessMetrics(provider: MeterProvider): () => void {
  // The package's other groups describe the machine, which is not ours to report, one of them by running programs.
  const host = new HostMetricsInstrumentation({ enabled: false, metricGroups: ['process.cpu', 'process.memory'] })
  const runtime = new RuntimeNodeInstrumentation({ enabled: false })
  host.setMeterProvider(withUnits(provider))
  runtime.setMeterProvider(provider)
  // Enabled only now: when made enabled they register twice, and a rate is then taken over no time at all.
  host.enable()
  runtime.enable()
  return () => {
    runtime.disable()
    host.disable()
  }
}

/** Units by the conventions for process metrics, which the package leaves out: without them there is no suffix. */
const UNITS: Readonly<Record<string, string>> = { 'process.memory.usage': 'By', 'process.cpu.utilization': '1' }

function withUnits(provider: MeterProvider): MeterProvider {
  return {
    getMeter(name, version, options): Meter {
      const meter = provider.getMeter(name, version, options)
      const createObservableGauge = (gauge: string, given?: MetricOptions) =>
        meter.createObservableGauge(gauge, { ...given, unit: given?.unit ?? UNITS[gauge] ?? '' })
      return { ...meter, createObservableGauge }
    },
  }
}
