// Runs the simulated controllers, scheduler and kubelets after each change until nothing changes any more.
import type { ControlledCluster } from './controlled-cluster.ts'
import { isActive } from './controlled-cluster.ts'
import { finishDeletions } from './finish-deletions.ts'
import { runPods, startOf } from './run-pods.ts'
import { schedulePods } from './schedule-pods.ts'
import { syncDeployments } from './sync-deployments.ts'
import { syncJobs } from './sync-jobs.ts'
import { bindClaims, collectGarbage, expireEvents, fillEndpoints, reckonBudgets } from './sync-others.ts'
import { syncReplicas } from './sync-replicas.ts'

export interface Controllers {
  /** Brings everything to rest at once. */
  settle(): void
  /** From now on after each change, and as time passes. Returns how to stop. */
  start(): () => void
}

const STEPS = [
  finishDeletions,
  collectGarbage,
  expireEvents,
  syncDeployments,
  syncReplicas,
  syncJobs,
  bindClaims,
  schedulePods,
  runPods,
  fillEndpoints,
  reckonBudgets,
]

/** A safety limit, because controllers that disagree would never stop. */
const MOST_ROUNDS = 200
/** How often restarts and events are brought up to date. */
const TICK_MS = 5_000

export function createControllers(view: ControlledCluster): Controllers {
  const { store } = view
  const settle = () => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = store.version
      for (const step of STEPS) step(view)
      if (store.version === before) return
    }
  }
  return {
    settle,
    start() {
      let due: NodeJS.Immediate | undefined
      let waking: NodeJS.Timeout | undefined
      let working = false
      const work = () => {
        due = undefined
        working = true
        settle()
        working = false
        clearTimeout(waking)
        waking = wakeForStarts()
      }
      /** Pods that are being created run a moment later. */
      const wakeForStarts = () => {
        const starts = store
          .list('pods')
          .filter((pod) => pod.spec?.nodeName !== undefined && isActive(pod))
          .map((pod) => startOf(view, pod) - view.now())
          .filter((wait) => wait > 0)
        return starts.length === 0 ? undefined : setTimeout(wake, Math.min(...starts) + 1).unref()
      }
      const wake = () => {
        if (!working) due ??= setImmediate(work)
      }
      const stopListening = store.onChange(wake)
      const ticking = setInterval(wake, TICK_MS).unref()
      return () => {
        stopListening()
        clearInterval(ticking)
        clearTimeout(waking)
        if (due !== undefined) clearImmediate(due)
      }
    },
  }
}
