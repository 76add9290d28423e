// A configuration in, the running Kubernetes exporter out: it looks at the cluster over and over, and /metrics says what it saw.
import { setTimeout as pause } from 'node:timers/promises'
import type { Readiness } from '../index.ts'
import { startTelemetry } from '../index.ts'
import type { ExporterConfig } from './config.ts'
import { describeError } from './describe-error.ts'
import { clusterGauges } from './kubernetes/cluster-gauges.ts'
import { connectCluster } from './kubernetes/connect-cluster.ts'
import { namespaceScope } from './kubernetes/namespace-scope.ts'
import { readCluster } from './kubernetes/read-cluster.ts'
import { createUndo } from './undo.ts'
import { VERSION } from './version.ts'

export interface Exporter {
  readonly metricsUrl: string | undefined
  readonly healthUrl: string | undefined
  /** For a person, such as `simulated` or the context's name. */
  readonly clusterName: string
  /** Within 5 s, never rejects, idempotent. */
  stop(): Promise<void>
}

const STOP_MS = 4_500

/** @throws {Error} of one line when the port cannot be had, {ConfigError} when there is no such cluster. */
export async function startExporter(config: ExporterConfig): Promise<Exporter> {
  let ready: Readiness = { ready: false, reasons: ['the first look at the cluster is under way'] }
  const undo = createUndo((name, error) => console.error(`mcp-vitals: ${name} did not stop cleanly:`, error))
  try {
    const telemetry = await startTelemetry({
      serviceName: 'mcp-vitals-exporter',
      serviceVersion: VERSION,
      env: config.environment,
      listener: { always: true, required: true, ready: () => ready },
    })
    undo.add('telemetry', telemetry.shutdown)
    const { logger } = telemetry
    logger.level = config.logLevel
    const cluster = await connectCluster(config)
    undo.add('the cluster', cluster.stop)
    const scope = namespaceScope(config.namespaces)
    const look = clusterGauges({ reader: readCluster({ reads: cluster.api, log: cluster.api.log, scope }), scope })

    const ending = new AbortController()
    const watching = (async () => {
      while (!ending.signal.aborted) {
        try {
          await look(ending.signal)
          ready = { ready: true }
        } catch (error) {
          if (ending.signal.aborted) return
          ready = { ready: false, reasons: ['the cluster could not be read at the last look'] }
          logger.warn(describeError(error), 'the cluster could not be read')
        }
        await pause(config.intervalMs, undefined, { signal: ending.signal }).catch(() => {})
      }
    })()
    undo.add('looking', () => {
      ending.abort()
      return watching
    })
    return {
      metricsUrl: telemetry.metricsUrl,
      healthUrl: telemetry.healthUrl,
      clusterName: cluster.name,
      stop: () => undo.run(STOP_MS),
    }
  } catch (error) {
    await undo.run(STOP_MS)
    throw error
  }
}
