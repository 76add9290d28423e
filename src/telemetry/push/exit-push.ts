// Pushes the last metrics when a program ends by `process.exit()`, which leaves no time for a promise: another thread sends them while
// this one waits.
import { Worker } from 'node:worker_threads'
import { parseKeyPairsIntoRecord } from '@opentelemetry/core'
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { otlpProtocol } from '../configuration/environment.ts'
import type { Environment } from '../configuration/environment-reader.ts'
import { readCertificates } from './certificates.ts'

interface ExitPushOptions {
  readonly env: Environment
  /** What is to be pushed; undefined if metrics are not. */
  readonly pushed: (() => ResourceMetrics | undefined) | undefined
  /** Exports what is held, where there is time. */
  readonly flush: () => Promise<void>
}

const MAX_WAIT_MS = 500

/** Text and not a file, so that it is there in bundles too. It loads what it needs at once: at the end there is no time. */
const SENDER = `
const { parentPort } = require('node:worker_threads')
const modules = { 'http:': require('node:http'), 'https:': require('node:https') }
parentPort.on('message', ({ url, options, body, done }) => {
  const flag = new Int32Array(done)
  const end = () => {
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
  try {
    const sent = modules[new URL(url).protocol].request(url, options, (answer) => answer.once('close', end).resume())
    sent.once('error', end)
    sent.end(body)
  } catch {
    end()
  }
})
`

/** Returns a function after which nothing is pushed at the end. */
export function startExitPush({ env, pushed, flush }: ExitPushOptions): () => void {
  const protocol = otlpProtocol(env, 'metrics')
  let isFlushed = false
  // Nothing keeps the process at this point; the export does, for as long as it takes or its deadline allows.
  const onEmpty = () => {
    flush().finally(() => {
      isFlushed = true
    })
  }
  process.once('beforeExit', onEmpty)
  if (pushed === undefined || protocol === 'grpc') return () => process.off('beforeExit', onEmpty)
  const serializer = protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer
  const contentType = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf'
  // It takes some 40 ms to start, and more on a busy machine. Options of this process would preload what the program preloads.
  const sender = new Worker(SENDER, { eval: true, env: {}, execArgv: [] })
  sender.unref()
  sender.on('error', () => {})
  const onExit = () => {
    if (isFlushed) return
    try {
      const metrics = pushed()
      const body = metrics && serializer.serializeRequest(metrics)
      if (body === undefined) return
      const headers = { ...headersOf(env), 'content-type': contentType, 'content-length': body.byteLength }
      const done = new SharedArrayBuffer(4)
      const options = { method: 'POST', headers, ...readCertificates(env, 'metrics') }
      sender.postMessage({ url: urlOf(env), options, body, done })
      Atomics.wait(new Int32Array(done), 0, 0, MAX_WAIT_MS)
    } catch {
      // The program ends, whatever becomes of its metrics.
    }
  }
  process.once('exit', onExit)
  return () => {
    process.off('beforeExit', onEmpty)
    process.off('exit', onExit)
    void sender.terminate()
  }
}

/** Source: OpenTelemetry, "OpenTelemetry Protocol Exporter", "Endpoint URLs for OTLP/HTTP". */
function urlOf(env: Environment): string {
  const own = env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT']?.trim()
  if (own) return own
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim() || 'http://localhost:4318'
  return `${base.replace(/\/$/, '')}/v1/metrics`
}

function headersOf(env: Environment): Record<string, string> {
  return {
    ...parseKeyPairsIntoRecord(env['OTEL_EXPORTER_OTLP_HEADERS'] ?? ''),
    ...parseKeyPairsIntoRecord(env['OTEL_EXPORTER_OTLP_METRICS_HEADERS'] ?? ''),
  }
}
