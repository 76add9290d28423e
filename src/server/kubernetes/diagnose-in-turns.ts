// Diagnoses a snapshot in small steps, so that the process answers probes, scrapes and other calls in the meantime.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Diagnosis } from './diagnosis/diagnose.ts'
import { diagnoseInSteps } from './diagnosis/diagnose.ts'
import type { Snapshot } from './diagnosis/snapshot.ts'

/** The longest time before other work gets its turn. */
const TURN_MS = 10

/** As `diagnose`; rejects with the signal's reason once that is aborted. */
export async function diagnoseInTurns(snapshot: Snapshot, now: number, signal?: AbortSignal): Promise<Diagnosis> {
  const steps = diagnoseInSteps(snapshot, now)
  let begun = performance.now()
  for (;;) {
    const { done, value } = steps.next()
    if (done || performance.now() - begun > TURN_MS) {
      await nextTurn()
      signal?.throwIfAborted()
      begun = performance.now()
    }
    if (done) return value
  }
}
