// Runs the Kubernetes exporter: it watches the cluster, diagnoses it after changes and at intervals, and serves the results
// at /metrics.
import { setTimeout as pause } from 'node:timers/promises'
import type { Readiness } from 'mcp-vitals'
import { SCOPE, startTelemetry, ToolError } from 'mcp-vitals'
import type { ExporterConfig } from './config.ts'
import { describeError } from './describe-error.ts'
import { clusterGauges } from './kubernetes/cluster-gauges.ts'
import { connectCluster } from './kubernetes/connect-cluster.ts'
import { namespaceScope } from './kubernetes/namespace-scope.ts'
import { watchCluster } from './kubernetes/watched-cluster.ts'
import { createUndo } from './undo.ts'

interface Exporter {
  readonly metricsUrl: string | undefined
  readonly healthUrl: string | undefined
  /** For people, such as `simulated` or the name of the context. */
  readonly clusterName: string
  /** Logs the error that ends the process. */
  fatal(error: unknown): void
  /** Within 5 s, never rejects, idempotent. */
  stop(): Promise<void>
}

const STOP_MS = 4_500
/** Waits this long to collect changes, and longer if a diagnosis is slow, so that the process is mostly idle. */
const REST_MS = 1_000
const REST_OF_LOOK = 4

/** @throws {Error} of one line if the port is not available, {ConfigError} if the cluster does not exist. */
export async function startExporter(config: ExporterConfig): Promise<Exporter> {
  let ready = (): Readiness => ({ ready: false, reasons: ['the cluster is not connected yet'] })
  const undo = createUndo((name, error) => console.error(`mcp-vitals-server: ${name} did not stop cleanly:`, error))
  try {
    const telemetry = await startTelemetry({
      serviceName: 'mcp-vitals-exporter',
      serviceVersion: SCOPE.version,
      env: config.environment,
      listener: { always: true, required: true, ready: () => ready() },
    })
    undo.add('telemetry', telemetry.shutdown)
    const { logger } = telemetry
    logger.level = config.logLevel
    const cluster = await connectCluster(config)
    undo.add('the cluster', cluster.stop)
    const scope = namespaceScope(config.namespaces)
    const watched = watchCluster({
      api: cluster.api,
      scope,
      onTrouble: (kind, namespace, error) => {
        // A ToolError never quotes an answer.
        const why = error instanceof ToolError ? { reason: error.message } : describeError(error)
        logger.warn(
          { kind, ...(namespace && { namespace }), ...why },
          'cannot watch a kind; its objects are not counted',
        )
      },
    })
    undo.add('the watches', watched.stop)
    const look = clusterGauges({ reader: watched.reader, scope })
    let looked = false
    let truncated = ''
    ready = () => {
      const answer = watched.readiness()
      return looked || !answer.ready
        ? answer
        : { ready: false, reasons: ['the first diagnosis of the cluster is in progress'] }
    }

    const ending = new AbortController()
    const looking = (async () => {
      while (!ending.signal.aborted) {
        let rest = 0
        if (watched.readiness().ready) {
          const startedAt = performance.now()
          try {
            await look(ending.signal)
            looked = true
            const kinds = watched.truncated.join(', ')
            if (kinds !== '' && kinds !== truncated) {
              logger.warn({ kinds }, 'too many objects of a kind: some are not counted')
            }
            truncated = kinds
          } catch (error) {
            if (ending.signal.aborted) return
            logger.warn(describeError(error), 'the diagnosis of the cluster failed; the gauges keep their last values')
          }
          rest = Math.max(REST_MS, (performance.now() - startedAt) * REST_OF_LOOK)
        }
        await pause(rest, undefined, { signal: ending.signal })
        await watched.changed(config.intervalMs, ending.signal)
      }
    })().catch((error: unknown) => {
      if (!ending.signal.aborted) throw error
    })
    undo.add('looking', () => {
      ending.abort()
      return looking
    })
    return {
      metricsUrl: telemetry.metricsUrl,
      healthUrl: telemetry.healthUrl,
      clusterName: cluster.name,
      fatal: (error) => logger.fatal(describeError(error), 'unexpected error: the exporter stops'),
      stop: () => undo.run(STOP_MS),
    }
  } catch (error) {
    await undo.run(STOP_MS)
    throw error
  }
}
