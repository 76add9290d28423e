import { expect, test } from 'vitest'
import { pendingPlans } from '../../../../../src/server/kubernetes/remediation/pending-plans.ts'
import type { Plan } from '../../../../../src/server/kubernetes/remediation/plan.ts'

const PLAN = { request: { action: 'restart' } } as Plan

test('a confirmation is good once', () => {
  const plans = pendingPlans({ now: () => 0 })
  const { confirmation } = plans.add(PLAN)

  expect(plans.take(confirmation)).toBe(PLAN)
  expect(() => plans.take(confirmation)).toThrow('not valid')
})

test('a confirmation is good until it ends, and not a millisecond longer', () => {
  let now = 0
  const plans = pendingPlans({ now: () => now, lifetimeMs: 1_000 })
  const first = plans.add(PLAN)
  const second = plans.add(PLAN)

  now = first.expiresAt - 1
  expect(plans.take(first.confirmation)).toBe(PLAN)
  now = second.expiresAt
  expect(() => plans.take(second.confirmation)).toThrow('not valid')
})

test('no two confirmations are alike, and a part of one is none', () => {
  const plans = pendingPlans({ now: () => 0 })
  const given = Array.from({ length: 100 }, () => plans.add(PLAN).confirmation)

  expect(new Set(given).size).toBe(100)
  expect(() => plans.take((given[0] ?? '').slice(0, -1))).toThrow('not valid')
})

test('plans that nobody carries out do not fill the memory: the oldest make room', () => {
  const plans = pendingPlans({ now: () => 0, most: 2 })
  const [first, second, third] = [plans.add(PLAN), plans.add(PLAN), plans.add(PLAN)]

  expect(() => plans.take(first.confirmation)).toThrow('not valid')
  expect(plans.take(second.confirmation)).toBe(PLAN)
  expect(plans.take(third.confirmation)).toBe(PLAN)
})
