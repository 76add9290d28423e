// Decides whether a Job has ended and how many pods it should have.
import type { V1Job } from '@kubernetes/client-node'
import { number } from './field.ts'
import { isTrue } from './object-view.ts'

/** Over, or as good as that: its controller first says what it will come to, and then ends its pods. */
export function jobEnd({ status }: V1Job): 'complete' | 'failed' | undefined {
  if (isTrue(status, 'Failed') || isTrue(status, 'FailureTarget')) return 'failed'
  return isTrue(status, 'Complete') || isTrue(status, 'SuccessCriteriaMet') ? 'complete' : undefined
}

/** How many pods it is to have at once. */
export function podsOfJob(job: V1Job): number {
  const { spec, status } = job
  if (spec?.suspend === true || jobEnd(job) !== undefined) return 0
  const succeeded = number(status?.succeeded) ?? 0
  const completions = number(spec?.completions)
  const parallelism = number(spec?.parallelism) ?? 1
  if (completions !== undefined) return Math.min(parallelism, completions - succeeded)
  // Without a number of completions one success says that the work is done: those that run go on, and no others are made.
  return succeeded > 0 ? Math.min(parallelism, number(status?.active) ?? 0) : parallelism
}
