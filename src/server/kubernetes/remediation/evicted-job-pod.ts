// A pod of a Job and the Job in, what its eviction would come to out. A Job is not like other workloads: it counts the eviction as a
// failure of its own, fails after so many, and of pods that have ended it makes no other.
import type { V1Job, V1Pod, V1PodFailurePolicyRule } from '@kubernetes/client-node'
import { list, text } from '../diagnosis/field.ts'
import { jobEnd } from '../diagnosis/job-state.ts'

type JobEviction =
  /** Why it would help nobody, as a sentence. */
  | { readonly refusal: string }
  /** Completes "The Job makes another in its place, and …". */
  | { readonly count: string }

const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count'

/** @param job undefined if it is gone, or another of its name. */
export function evictionOfJobPod(pod: V1Pod, job: V1Job | undefined): JobEviction {
  if (hasEnded(pod)) return { refusal: 'It has ended, and its Job makes no other in its place.' }
  if (job === undefined) return { refusal: 'Its Job is gone, and nothing would make another.' }
  if (jobEnd(job) !== undefined) return { refusal: 'Its Job is over, and makes no other.' }
  const rules = list(job.spec?.podFailurePolicy?.rules)
  const at = rules.findIndex(isOfDisruptions)
  const action = text(rules[at]?.action)
  if (action === 'Ignore') {
    const exits = rules.slice(0, at).some(({ onExitCodes }) => onExitCodes) ? ', unless its exit code says else' : ''
    return { count: `by its podFailurePolicy counts no failure${exits}` }
  }
  if (action.startsWith('Fail')) {
    return { refusal: 'By the podFailurePolicy of its Job an eviction is a failure for good, and no other is made.' }
  }
  const { failed, limit, field } = failuresOf(pod, job)
  if (failed >= limit) {
    return {
      refusal: `Its Job counts an eviction as a failure, and has none left (${failed} of ${limit} by ${field}): it would fail.`,
    }
  }
  return { count: `counts a failure: ${failed + 1} of the ${limit} that it allows (${field})` }
}

/** Of the Job, or of the pod's index where each has its own limit. */
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
