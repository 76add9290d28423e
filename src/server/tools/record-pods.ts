// A diagnosis in, its pods counted.
import { recordPodDiagnosis } from 'mcp-vitals'
import type { Diagnosis } from '../kubernetes/diagnosis/diagnose.ts'

/** Counts each pod that was looked at once, under its gravest finding, and says how many there were of which. */
export function recordPods({ pods }: Diagnosis): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { namespace, gravest } of pods) {
    recordPodDiagnosis(namespace, gravest)
    counts.set(gravest, (counts.get(gravest) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
