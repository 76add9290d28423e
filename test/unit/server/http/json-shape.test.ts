// Tests that the shape of a JSON text is measured without parsing it, in little time.
import { describe, expect, it } from 'vitest'
import { jsonShape } from '../../../../src/server/http/json-shape.ts'

const ANY = { values: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY }
const shape = (text: string, most = ANY) => jsonShape(Buffer.from(text), most)

describe('jsonShape', () => {
  it.each([
    ['1', { values: 1, depth: 0 }],
    ['{}', { values: 2, depth: 1 }],
    ['[[[]]]', { values: 4, depth: 3 }],
    ['{"a":1,"b":[1,2]}', { values: 7, depth: 2 }],
    ['"a,b:[{"', { values: 1, depth: 0 }],
    [String.raw`"a\",[\\"`, { values: 1, depth: 0 }],
    ['[] []', { values: 3, depth: 1 }],
  ])('of %s is %o', (text, expected) => {
    expect(shape(text)).toEqual(expected)
  })

  it('stops at the bound, whatever follows', () => {
    const { values } = shape(`[${'1,'.repeat(1_000_000)}1]`, { values: 10, depth: 5 })
    expect(values).toBe(11)
    expect(shape('['.repeat(1_000_000), { values: 1_000, depth: 5 }).depth).toBe(6)
  })

  it('takes no longer than JSON.parse on 4 MB of small keys, however many it counts', () => {
    const keys = Array.from({ length: 300_000 }, (_, at) => `"k${at}":1`)
    const text = Buffer.from(`{${keys.join()}}`)
    const cpu = (run: () => unknown) => {
      const startedAt = process.cpuUsage().user
      run()
      return process.cpuUsage().user - startedAt
    }
    // Of several, the fastest: the machine may be busy with something else.
    const fastest = (run: () => unknown) => Math.min(...Array.from({ length: 5 }, () => cpu(run)))

    expect(fastest(() => jsonShape(text, ANY))).toBeLessThan(fastest(() => JSON.parse(text.toString())))
  })
})
