// Tests the time of what is observed after it has passed.
import { describe, expect, it } from 'vitest'
import { observedAt, observedNow } from '../../../../src/instrumentation/wire/observed-at.ts'

describe('observedAt', () => {
  it('sets the time of what it runs, and of nothing after it, also when that throws', () => {
    const times: number[] = []
    observedAt(1, () => {
      observedAt(2, () => times.push(observedNow()))
      times.push(observedNow())
    })
    const throwing = () =>
      observedAt(3, () => {
        throw new Error('of the test')
      })

    expect(throwing).toThrow('of the test')
    expect(times).toEqual([2, 1])
    expect(observedNow()).toBeGreaterThan(3)
  })
})
