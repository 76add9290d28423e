import { describe, expect, it } from 'vitest'
import { pendingPlans } from '../../../../../src/server/kubernetes/remediation/pending-plans.ts'
import type { Plan } from '../../../../../src/server/kubernetes/remediation/plan.ts'

const PLAN = { request: { action: 'restart' } } as Plan

describe('pendingPlans', () => {
  it('accepts a confirmation once, and rejects it the second time', () => {
    const plans = pendingPlans({ now: () => 0 })
    const { confirmation } = plans.add(PLAN)

    expect(plans.take(confirmation)).toBe(PLAN)
    expect(() => plans.take(confirmation)).toThrow('not valid')
  })

  it('accepts a confirmation until it expires, and rejects it from that millisecond on', () => {
    let now = 0
    const plans = pendingPlans({ now: () => now, lifetimeMs: 1_000 })
    const first = plans.add(PLAN)
    const second = plans.add(PLAN)

    now = first.expiresAt - 1
    expect(plans.take(first.confirmation)).toBe(PLAN)
    now = second.expiresAt
    expect(() => plans.take(second.confirmation)).toThrow('not valid')
  })

  it('returns a different confirmation for each plan, and rejects a part of one', () => {
    const plans = pendingPlans({ now: () => 0 })
    const given = Array.from({ length: 100 }, () => plans.add(PLAN).confirmation)

    expect(new Set(given).size).toBe(100)
    expect(() => plans.take((given[0] ?? '').slice(0, -1))).toThrow('not valid')
  })

  it('drops the oldest plan when it is full', () => {
    const plans = pendingPlans({ now: () => 0, most: 2 })
    const [first, second, third] = [plans.add(PLAN), plans.add(PLAN), plans.add(PLAN)]

    expect(() => plans.take(first.confirmation)).toThrow('not valid')
    expect(plans.take(second.confirmation)).toBe(PLAN)
    expect(plans.take(third.confirmation)).toBe(PLAN)
  })
})
