// Counts diagnosed pods in the metrics.
import { recordPodDiagnosis } from 'mcp-vitals'
import type { Diagnosis } from '../kubernetes/diagnosis/diagnose.ts'

/** Counts each diagnosed pod once, under its most severe finding, and returns the counts. */
export function recordPods({ pods }: Diagnosis): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { namespace, gravest } of pods) {
    recordPodDiagnosis(namespace, gravest)
    counts.set(gravest, (counts.get(gravest) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
