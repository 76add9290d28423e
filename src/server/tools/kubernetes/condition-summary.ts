// Summarizes the conditions of an object.
import { z } from 'zod'
import type { Condition } from '../../kubernetes/diagnosis/object-view.ts'
import { cleanLine } from './clean-text.ts'
import { isoTime, MESSAGE_LENGTH } from './container-summary.ts'

export const conditionOutput = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  since: z.string().optional(),
})

const MOST_CONDITIONS = 20

export function summarizeConditions(conditions: readonly Condition[] = []): z.output<typeof conditionOutput>[] {
  return conditions.slice(0, MOST_CONDITIONS).map(({ type, status, reason, message, lastTransitionTime }) => ({
    type: cleanLine(type, 100),
    status: cleanLine(status, 20),
    ...(reason && { reason: cleanLine(reason, 100) }),
    ...(message && { message: cleanLine(message, MESSAGE_LENGTH) }),
    ...(lastTransitionTime && { since: isoTime(lastTransitionTime) }),
  }))
}
