// Simulates evictions, which a disruption budget can reject.

import { matchesSelector } from './label-selector.ts'
import type { ObjectStore } from './object-store.ts'
import type { Stored } from './served-resources.ts'
import { StatusError, statusBody } from './status-error.ts'
import type { JsonObject } from './wire.ts'
import { isJsonObject } from './wire.ts'
import type { NamedTarget } from './write-object.ts'
import { deleteObject } from './write-object.ts'

export function evictPod(target: NamedTarget, body: JsonObject): JsonObject {
  const { store, namespace, name } = target
  const options = isJsonObject(body['deleteOptions']) ? body['deleteOptions'] : {}
  const dryRun = target.dryRun || (Array.isArray(options['dryRun']) && options['dryRun'].includes('All'))
  const pod = store.get('pods', namespace, name)
  const budget = pod && budgetOver(store, pod)
  const allowed = allowedBy(budget)
  if (budget !== undefined && allowed < 1) {
    const { name: budgetName } = budget.metadata
    const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {}
    throw new StatusError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${budgetName} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
        },
      ],
    })
  }
  deleteObject({ ...target, dryRun }, options)
  if (budget !== undefined && !dryRun) takeDisruption(store, budget, allowed)
  return statusBody({ status: 'Success', code: 201 })
}

/** The budget that has a say: pods that do not run disturb nobody when they go, nor do unready ones where enough are well. */
function budgetOver(store: ObjectStore, pod: Stored<'pods'>): Stored<'poddisruptionbudgets'> | undefined {
  if (pod.status?.phase !== 'Running') return undefined
  const { labels } = pod.metadata as { labels?: Record<string, string> }
  const budget = store
    .list('poddisruptionbudgets', pod.metadata.namespace)
    .find(({ spec }) => matchesSelector(spec?.selector, labels))
  const { currentHealthy = 0, desiredHealthy = 0 } = budget?.status ?? {}
  const always = budget?.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow'
  const enough = desiredHealthy > 0 && currentHealthy >= desiredHealthy
  return !isReady(pod.status.conditions) && (always || enough) ? undefined : budget
}

function isReady(conditions: readonly { type: string; status: string }[] = []): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** None by a budget of which the newest form was not reckoned yet. */
function allowedBy(budget: Stored<'poddisruptionbudgets'> | undefined): number {
  const { disruptionsAllowed = 0, observedGeneration = 0 } = budget?.status ?? {}
  const { generation = 0 } = (budget?.metadata ?? {}) as { generation?: number }
  return observedGeneration < generation ? 0 : disruptionsAllowed
}

/** At once, so that a second eviction does not slip through before the budget is reckoned anew. */
function takeDisruption(store: ObjectStore, { metadata }: Stored<'poddisruptionbudgets'>, allowed: number): void {
  const budget = store.get('poddisruptionbudgets', metadata.namespace, metadata.name)
  if (budget?.status === undefined) return
  store.update('poddisruptionbudgets', { ...budget, status: { ...budget.status, disruptionsAllowed: allowed - 1 } })
}
