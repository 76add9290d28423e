// Tests the bounds on what senders can make the server hold.
import { describe, expect, it } from 'vitest'
import { createBudget } from '../../../../src/server/http/budget.ts'

describe('createBudget', () => {
  it('lets one principal hold its part of the total, and another the rest', () => {
    const budget = createBudget({ total: 100, perPrincipal: () => 60 })

    expect(budget.open('a').add(60)).toBe(true)
    expect(budget.open('a').add(1)).toBe(false)
    expect(budget.open('b').add(40)).toBe(true)
    expect(budget.open('b').add(1)).toBe(false)
  })

  it('gets back what a holding had, once, and nothing of what it refused', () => {
    const budget = createBudget({ total: 10, perPrincipal: () => 10 })
    const holding = budget.open('a')
    expect(holding.add(4)).toBe(true)
    expect(holding.add(4)).toBe(true)
    expect(holding.add(4)).toBe(false)

    holding.release()
    holding.release()

    const next = budget.open('b')
    expect(next.add(10)).toBe(true)
    expect(next.add(1)).toBe(false)
  })

  it('follows a part that changes while units are held', () => {
    let part = 10
    const budget = createBudget({ total: 10, perPrincipal: () => part })
    expect(budget.open('a').add(5)).toBe(true)

    part = 5
    expect(budget.open('a').add(1)).toBe(false)
    expect(budget.open('b').add(5)).toBe(true)
  })
})
