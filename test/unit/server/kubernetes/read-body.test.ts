// Tests that `bodyReader` reads few large bodies at a time, and that a caller can stop waiting.
import { ReadableStream } from 'node:stream/web'
import { describe, expect, it } from 'vitest'
import { bodyReader } from '../../../../src/server/kubernetes/read-body.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

const KIB = 1_024
const MAX = 1_024 * KIB
const never = new AbortController().signal

/** A body that is pulled in chunks and ends when the test calls `finish`. */
function bodyOf(bytes: number) {
  let taken = 0
  let cancelled = false
  const finish = Promise.withResolvers<void>()
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (taken >= bytes) {
          await finish.promise
          return controller.close()
        }
        const chunk = new Uint8Array(Math.min(64 * KIB, bytes - taken)).fill(120)
        taken += chunk.byteLength
        controller.enqueue(chunk)
      },
      cancel() {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body: stream, taken: () => taken, cancelled: () => cancelled, finish: finish.resolve }
}

describe('bodyReader', () => {
  it('reads empty, short and long bodies completely', async () => {
    const read = bodyReader(MAX)
    for (const bytes of [0, 10, 256 * KIB, 900 * KIB, MAX]) {
      const { body, finish } = bodyOf(bytes)
      finish()
      const whole = await read(body, never)
      expect(whole.byteLength).toBe(bytes)
      expect(whole.every((byte) => byte === 120)).toBe(true)
    }
  })

  it('rejects a body above the size limit and cancels its stream', async () => {
    const { body, taken, cancelled } = bodyOf(100 * MAX)

    await expect(bodyReader(MAX)(body, never)).rejects.toMatchObject({ name: 'ResponseTooLarge' })

    expect(cancelled()).toBe(true)
    expect(taken()).toBeLessThan(MAX + 128 * KIB)
  })

  it('reads two large bodies at a time, and small ones without waiting', async () => {
    const read = bodyReader(MAX)
    const long = Array.from({ length: 6 }, () => bodyOf(800 * KIB))
    const reading = long.map(({ body }) => read(body, never))
    const begun = () => long.filter(({ taken }) => taken() === 800 * KIB).length
    await waitFor(() => begun() === 2 && long.every(({ taken }) => taken() > 256 * KIB))

    const short = bodyOf(100 * KIB)
    short.finish()
    expect((await read(short.body, never)).byteLength).toBe(100 * KIB)
    expect(begun()).toBe(2)
    expect(long.filter(({ taken }) => taken() < 400 * KIB)).toHaveLength(4)

    for (const { finish } of long) finish()
    expect((await Promise.all(reading)).map(({ byteLength }) => byteLength)).toEqual(long.map(() => 800 * KIB))
  })

  it('rejects a waiting caller on abort, cancels its stream, and gives its turn to the next', async () => {
    const read = bodyReader(MAX)
    const holding = [bodyOf(800 * KIB), bodyOf(800 * KIB)]
    const held = holding.map(({ body }) => read(body, never))
    await waitFor(() => holding.every(({ taken }) => taken() === 800 * KIB))
    const ending = new AbortController()
    const leaving = bodyOf(800 * KIB)
    const left = read(leaving.body, ending.signal)
    const next = bodyOf(800 * KIB)
    next.finish()
    const after = read(next.body, never)
    await waitFor(() => leaving.taken() > 256 * KIB)

    const reason = new Error('enough')
    ending.abort(reason)

    await expect(left).rejects.toBe(reason)
    expect(leaving.cancelled()).toBe(true)
    for (const { finish } of holding) finish()
    expect((await after).byteLength).toBe(800 * KIB)
    await Promise.all(held)
  })
})
