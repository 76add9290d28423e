import { expect, test } from 'vitest'
import { createPending } from '../../../../src/instrumentation/wire/pending.ts'

test('what waits under one id is found in the order it came, and ids of two kinds are two', () => {
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

test('a peer that puts all its requests under one id does not stall the close', () => {
  const pending = createPending<object>()
  for (let request = 0; request < 30_000; request += 1) pending.add(0, { request })

  const startedAt = performance.now()
  for (const entry of pending.all()) pending.remove(0, entry)

  expect(pending.all()).toEqual([])
  expect(performance.now() - startedAt).toBeLessThan(500)
})
