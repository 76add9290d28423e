// Tests paging over several lists of the Kubernetes API.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Segment } from '../../../../../src/server/tools/kubernetes/page-through.ts'
import { pageThrough } from '../../../../../src/server/tools/kubernetes/page-through.ts'

/** Returns segments that serve lists in pages, as the API does. */
function segments(lists: readonly (readonly number[])[]): Segment<number>[] {
  return lists.map((list) => async (continueFrom, size) => {
    const from = Number(continueFrom ?? 0)
    const rest = from + size < list.length ? String(from + size) : undefined
    return { items: list.slice(from, from + size), continueFrom: rest, resourceVersion: '1' }
  })
}

describe('pageThrough', () => {
  it('returns every object once and in order over all pages, for any list sizes, page size and filter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (lists, limit, filtered) => {
          const keep = filtered ? (value: number) => value % 3 === 0 : undefined
          const told: number[] = []
          let cursor: string | undefined
          let pages = 0
          do {
            const page = await pageThrough({ segments: segments(lists), limit, cursor, query: 'q', keep })
            expect(page.items.length).toBeLessThanOrEqual(limit)
            told.push(...page.items)
            cursor = page.nextCursor
            pages += 1
          } while (cursor !== undefined && pages < 500)
          expect(cursor).toBeUndefined()
          expect(told).toEqual(lists.flat().filter(keep ?? (() => true)))
        },
      ),
    )
  })

  it('accepts a cursor only with its own query, and rejects made-up cursors as validation_error', async () => {
    const ask = (cursor: string | undefined, query: string) =>
      pageThrough({ segments: segments([[1, 2, 3]]), limit: 1, cursor, query })
    const { nextCursor } = await ask(undefined, 'mine')

    expect((await ask(nextCursor, 'mine')).items).toEqual([2])
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const cursor of ['', 'x', made(null), made(['f', 0, 0, '']), made({ s: 1 }), `${nextCursor}AA`]) {
      await expect(ask(cursor, 'mine'), cursor).rejects.toMatchObject({ kind: 'validation_error' })
    }
    await expect(ask(nextCursor, 'other')).rejects.toMatchObject({ kind: 'validation_error' })
    const known = JSON.parse(Buffer.from(nextCursor ?? '', 'base64url').toString())
    for (const [at, wrong] of [
      [1, 7],
      [1, -1],
      [2, 1.5],
      [2, 1e9],
      [3, {}],
    ] as const) {
      await expect(ask(made(known.with(at, wrong)), 'mine')).rejects.toMatchObject({ kind: 'validation_error' })
    }
  })
})
