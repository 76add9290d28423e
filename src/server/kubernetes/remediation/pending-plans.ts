// Stores plans under random confirmations that are valid once and for a short time. A plan never leaves the process, so
// nobody can change it.
import { randomBytes } from 'node:crypto'
import { ToolError } from 'mcp-vitals'
import type { Plan } from './plan.ts'

interface PendingPlans {
  /** The confirmation, and when it ends, in milliseconds since 1970. */
  add(plan: Plan): { readonly confirmation: string; readonly expiresAt: number }
  /** @throws {ToolError} `refused` for a confirmation that was used, is too old, or never was. */
  take(confirmation: string): Plan
}

interface PendingPlansOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** @default 300_000 */
  readonly lifetimeMs?: number
  /** Plans that wait, at most; the oldest make room. @default 1000 */
  readonly most?: number
}

export function pendingPlans({ now, lifetimeMs = 300_000, most = 1_000 }: PendingPlansOptions): PendingPlans {
  const waiting = new Map<string, { readonly plan: Plan; readonly expiresAt: number }>()
  return {
    add(plan) {
      // Hexadecimal, so that credential masking does not match it.
      const confirmation = randomBytes(24).toString('hex')
      const expiresAt = now() + lifetimeMs
      waiting.set(confirmation, { plan, expiresAt })
      for (const oldest of waiting.keys()) {
        if (waiting.size <= most) break
        waiting.delete(oldest)
      }
      return { confirmation, expiresAt }
    },
    take(confirmation) {
      const found = waiting.get(confirmation)
      // Used up by trying, whatever comes of it: a second try is a second plan.
      waiting.delete(confirmation)
      if (found !== undefined && found.expiresAt > now()) return found.plan
      throw new ToolError(
        'refused',
        'This confirmation is not valid. A confirmation is valid once, for five minutes, on the server that issued it. Call the plan tool again.',
      )
    },
  }
}
