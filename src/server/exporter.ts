// A configuration in, the running Kubernetes exporter out: it watches the cluster, judges it when something has changed or time has
// gone by, and /metrics says what it saw.
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
  /** For a person, such as `simulated` or the context's name. */
  readonly clusterName: string
  /** Logs what ends the process. */
  fatal(error: unknown): void
  /** Within 5 s, never rejects, idempotent. */
  stop(): Promise<void>
}

const STOP_MS = 4_500
/** Changes come in swarms: so long they are waited for, and longer where a look takes long, so that most of the time is rest. */
const REST_MS = 1_000
const REST_OF_LOOK = 4

/** @throws {Error} of one line when the port cannot be had, {ConfigError} when there is no such cluster. */
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
        // A ToolError quotes nothing of an answer.
        const why = error instanceof ToolError ? { reason: error.message } : describeError(error)
        logger.warn({ kind, ...(namespace && { namespace }), ...why }, 'a kind is not watched')
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
        : { ready: false, reasons: ['the first look at the cluster is under way'] }
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
              logger.warn({ kinds }, 'there are more objects of a kind than are kept: some are not counted')
            }
            truncated = kinds
          } catch (error) {
            if (ending.signal.aborted) return
            logger.warn(describeError(error), 'the cluster could not be judged')
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
      fatal: (error) => logger.fatal(describeError(error), 'an error that nobody expected: the exporter stops'),
      stop: () => undo.run(STOP_MS),
    }
  } catch (error) {
    await undo.run(STOP_MS)
    throw error
  }
}
