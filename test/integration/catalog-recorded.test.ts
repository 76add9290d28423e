import { describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../src/index.ts'
import { METRICS, seriesName, startTelemetry } from '../../src/index.ts'
import { useEverything } from '../support/telemetry/use-everything.ts'

describe('the metric catalog', () => {
  it('lists exactly the metrics that the library records, next to process and runtime metrics', async () => {
    const telemetry = await startTelemetry({
      env: {
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      },
    })
    await useEverything()
    await fetch(telemetry.metricsUrl ?? '').then((response) => response.text())

    const text = await (await fetch(telemetry.metricsUrl ?? '')).text()

    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
    const declared = Object.values<MetricDefinition>(METRICS).map(
      ({ name, unit, kind }) => `${seriesName(name, unit, kind)} ${kind === 'upDownCounter' ? 'gauge' : kind}`,
    )
    const others = /^(process|nodejs|v8js)_|^target_info /
    expect(types.filter((type) => !others.test(type)).sort()).toEqual(declared.sort())
    expect(types.filter((type) => /^process_/.test(type)).length).toBeGreaterThan(1)
    expect(types.filter((type) => /^(nodejs_eventloop|v8js)_/.test(type)).length).toBeGreaterThan(5)
    await telemetry.shutdown()
  }, 30_000)
})
