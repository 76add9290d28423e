// Predicts the effect of evicting a pod of a Job. A Job counts an eviction as a failure, fails after too many of them, and
// does not replace ended pods.
import type { V1Job, V1Pod, V1PodFailurePolicyRule } from '@kubernetes/client-node'
import { list, text } from '../diagnosis/field.ts'
import { jobEnd } from '../diagnosis/job-state.ts'

type JobEviction =
  /** Why the eviction would not help, as a sentence. */
  | { readonly refusal: string }
  /** Completes "The Job makes another in its place, and …". */
  | { readonly count: string }

const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count'

/** @param job undefined if it is gone, or another of its name. */
export function evictionOfJobPod(pod: V1Pod, job: V1Job | undefined): JobEviction {
  if (hasEnded(pod)) return { refusal: 'It has ended, and its Job does not replace it.' }
  if (job === undefined) return { refusal: 'Its Job no longer exists, so nothing would replace it.' }
  if (jobEnd(job) !== undefined) return { refusal: 'Its Job has finished and does not replace it.' }
  const rules = list(job.spec?.podFailurePolicy?.rules)
  const at = rules.findIndex(isOfDisruptions)
  const action = text(rules[at]?.action)
  if (action === 'Ignore') {
    const exits = rules.slice(0, at).some(({ onExitCodes }) => onExitCodes)
      ? ', unless a rule for its exit code applies'
      : ''
    return { count: `its podFailurePolicy does not count this as a failure${exits}` }
  }
  if (action.startsWith('Fail')) {
    return {
      refusal: 'Under the podFailurePolicy of its Job, an eviction is a permanent failure and the pod is not replaced.',
    }
  }
  const { failed, limit, field } = failuresOf(pod, job)
  if (failed >= limit) {
    return {
      refusal: `Its Job counts an eviction as a failure and would fail, because it allows no more failures (${failed} of ${limit} by ${field}).`,
    }
  }
  return { count: `this counts as failure ${failed + 1} of the ${limit} that it allows (${field})` }
}

/** For the Job, or for the pod's index if each index has its own limit. */
function failuresOf({ metadata }: V1Pod, { spec, status }: V1Job) {
  const { backoffLimit = 6, backoffLimitPerIndex } = spec ?? {}
  if (backoffLimitPerIndex === undefined)
    return { failed: status?.failed ?? 0, limit: backoffLimit, field: 'backoffLimit' }
  const failed = Number(metadata?.annotations?.[INDEX_FAILURES] ?? 0) || 0
  return { failed, limit: backoffLimitPerIndex, field: 'backoffLimitPerIndex' }
}

/** An eviction marks the pod with this condition before it ends it. */
function isOfDisruptions({ onPodConditions }: V1PodFailurePolicyRule): boolean {
  return list(onPodConditions).some(({ type, status = 'True' }) => type === 'DisruptionTarget' && status === 'True')
}

export function hasEnded({ status }: V1Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
