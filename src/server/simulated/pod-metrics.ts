// Simulates the metrics API from the memory that the simulated programs need.
import type { ControlledCluster } from './controllers/controlled-cluster.ts'
import { programOf } from './programs.ts'
import type { Stored } from './served-resources.ts'
import type { JsonObject } from './wire.ts'
import { wireTime } from './wire.ts'

/** Undefined for a pod that does not run: nothing is measured of it. */
export type ReadPodMetrics = (pod: Stored<'pods'>) => JsonObject | undefined

export function createReadPodMetrics({ programs, now }: ControlledCluster): ReadPodMetrics {
  return ({ metadata, spec, status }) => {
    const running = new Set(
      (status?.containerStatuses ?? []).filter(({ state }) => state?.running !== undefined).map(({ name }) => name),
    )
    if (running.size === 0) return undefined
    const { name, namespace } = metadata
    return {
      metadata: { name, namespace, creationTimestamp: wireTime(now()) },
      timestamp: wireTime(now()),
      window: '15s',
      containers: (spec?.containers ?? [])
        .filter((container) => running.has(container.name))
        .map((container) => ({
          name: container.name,
          usage: { cpu: '1m', memory: `${(programOf(programs, container.image).memory ?? 1) * 1_024}Ki` },
        })),
    }
  }
}
