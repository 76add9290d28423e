import { describe, expect, it } from 'vitest'
import { createPending } from '../../../../src/instrumentation/wire/pending.ts'

describe('createPending', () => {
  it('finds the entries of an id in order of arrival, and keeps the number 1 and the string 1 apart', () => {
    const pending = createPending<string>()
    pending.add(1, 'first')
    pending.add(1, 'second')
    pending.add('1', 'text')

    expect(pending.find(1)).toBe('first')
    expect(pending.find(1, (entry) => entry !== 'first')).toBe('second')
    pending.remove(1, 'first')
    expect(pending.find(1)).toBe('second')
    expect(pending.find('1')).toBe('text')
    expect(pending.find(2)).toBeUndefined()
    expect(pending.all()).toEqual(['second', 'text'])
  })

  it('removes 30,000 entries of one id within 500 ms, so that a peer cannot stall the close', () => {
    const pending = createPending<object>()
    for (let request = 0; request < 30_000; request += 1) pending.add(0, { request })

    const startedAt = performance.now()
    for (const entry of pending.all()) pending.remove(0, entry)

    expect(pending.all()).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})
