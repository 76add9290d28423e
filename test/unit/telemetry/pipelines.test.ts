import { context, diag, logs, metrics, propagation, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/telemetry/configuration/environment.ts'
import { installDiagnostics } from '../../../src/telemetry/diagnostics.ts'
import { preparePipelines } from '../../../src/telemetry/pipelines.ts'
import type { OtlpSink } from '../../support/collector/otlp-sink.ts'
import { startOtlpSink } from '../../support/collector/otlp-sink.ts'
import { waitFor } from '../../support/programs/wait-for.ts'

/** Far apart, so that a busy machine does not mix them up: a shutdown that waits for the longer one fails by the timeout of its test. */
const PATIENCE = { answeringMs: 600_000, otherwiseMs: 100 }

const undo: (() => unknown)[] = []
let sink: OtlpSink

beforeEach(async () => {
  sink = await startOtlpSink()
  undo.push(
    installDiagnostics('none', () => {}),
    sink.close,
  )
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  for (const api of [metrics, trace, logs, context, propagation, diag]) api.disable()
})

async function start() {
  const env = {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '600000',
  }
  const prepared = await preparePipelines({ env, settings: readSettings(env, {}) })
  const pipelines = prepared.start('test')
  const record = () => {
    metrics.getMeter('test').createCounter('last').add(1)
    trace.getTracer('test').startSpan('last').end()
    logs.getLogger('test').emit({ body: 'last' })
  }
  return { pipelines, record }
}

describe('preparePipelines', () => {
  it.each(['refuse', 'hang', 'reset', 'unavailable'] as const)(
    'shuts down without the patience for an endpoint that answers, while this one does this: %s',
    async (behaviour) => {
      await sink.behave(behaviour)
      const { pipelines, record } = await start()
      record()
      await pipelines.shutdown(PATIENCE)
      expect(sink.received).toEqual([])
    },
  )

  it.each(['refuse', 'reset'] as const)(
    'shuts down without that patience if the endpoint answered before and now does this: %s',
    async (behaviour) => {
      const { pipelines, record } = await start()
      record()
      await pipelines.forceFlush(60_000)
      const before = sink.received.length
      await sink.behave(behaviour)
      record()
      await pipelines.shutdown(PATIENCE)
      expect(sink.received).toHaveLength(before)
    },
  )

  it('delivers the last data of all signals to an endpoint that answers, but slowly', async () => {
    const { pipelines, record } = await start()
    record()
    await pipelines.forceFlush(60_000)
    const before = sink.requests.length
    await sink.behave('hang')
    record()
    let isStopped = false
    const stopped = pipelines.shutdown(PATIENCE).then(() => {
      isStopped = true
    })
    await waitFor(() => sink.requests.length === before + 3)
    const asked = performance.now()
    await waitFor(() => performance.now() - asked > 5 * PATIENCE.otherwiseMs)
    expect(isStopped).toBe(false)
    sink.release()
    await stopped
    expect(sink.metric('last')?.points[0]?.value).toBe(2)
    expect(sink.spans()).toHaveLength(2)
    expect(sink.logs()).toHaveLength(2)
  })
})
