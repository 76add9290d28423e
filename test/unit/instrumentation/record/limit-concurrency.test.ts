import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { limitConcurrency } from '../../../../src/instrumentation/record/limit-concurrency.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

function gate(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

describe('limitConcurrency', () => {
  it('runs at most the limit at the same time, starts the others in order, and measures the queue', async () => {
    const limit = limitConcurrency({ limit: 2 })
    const gates = Array.from({ length: 5 }, gate)
    const started: number[] = []
    const runs = gates.map(({ opened }, index) =>
      limit.run('t', async () => {
        started.push(index)
        await opened
      }),
    )
    expect([limit.active, limit.waiting]).toEqual([2, 3])
    expect(await recorded.value('mcp_queue_depth{tool_name="t"}')).toBe(3)

    for (const { open } of gates) open()
    await Promise.all(runs)

    expect(started).toEqual([0, 1, 2, 3, 4])
    expect(await recorded.value('mcp_queue_depth{tool_name="t"}')).toBe(0)
    expect(await recorded.value('mcp_queue_wait_seconds_count{tool_name="t"}')).toBe(5)
  })

  it('rejects a call as unavailable while the queue is full', async () => {
    const limit = limitConcurrency({ limit: 1, maxQueue: 0 })
    const { opened, open } = gate()
    const running = limit.run('t', () => opened)

    await expect(limit.run('t', () => 1)).rejects.toMatchObject({ name: 'ToolError', kind: 'unavailable' })
    open()
    await running
    await expect(limit.run('t', () => 1)).resolves.toBe(1)
  })

  it('settles every call that succeeds, fails or aborts, and leaves none active or waiting', async () => {
    const call = fc.constantFrom('ok', 'fails', 'aborts')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(call, { maxLength: 20 }), async (size, calls) => {
        const limit = limitConcurrency({ limit: size, maxQueue: 10 })
        const runs = calls.map((kind) => {
          const abort = new AbortController()
          const run = limit.run(
            'p',
            async () => {
              await Promise.resolve()
              if (kind === 'fails') throw new Error('failed')
            },
            { signal: abort.signal },
          )
          if (kind === 'aborts') abort.abort()
          return run
        })
        await Promise.allSettled(runs)
        expect([limit.active, limit.waiting]).toEqual([0, 0])
      }),
    )
    expect((await recorded.value('mcp_queue_depth{tool_name="p"}')) ?? 0).toBe(0)
  })

  it('throws a RangeError for an invalid limit', () => {
    for (const limit of [0, -1, 1.5, Number.NaN]) expect(() => limitConcurrency({ limit })).toThrow(RangeError)
  })

  it('removes an aborted call from the queue at once, rejects with its reason, and never starts it', async () => {
    const limit = limitConcurrency({ limit: 1 })
    const { opened, open } = gate()
    const running = limit.run('a', () => opened)
    const abort = new AbortController()
    const started: string[] = []
    const waiting = limit.run('a', () => started.push('waiting'), { signal: abort.signal })

    abort.abort(new Error('no longer needed'))

    expect([limit.active, limit.waiting]).toEqual([1, 0])
    await expect(waiting).rejects.toThrow('no longer needed')
    expect(await recorded.value('mcp_queue_depth{tool_name="a"}')).toBe(0)
    open()
    await running
    expect(started).toEqual([])
  })

  it('passes the turn of a call that is aborted just before its start to the next call', async () => {
    const limit = limitConcurrency({ limit: 1 })
    const abort = new AbortController()
    const { opened, open } = gate()
    const started: string[] = []
    limit.run('b', () => opened)
    const waiting = limit.run('b', () => started.push('waiting'), { signal: abort.signal })
    const next = limit.run('b', () => 'next')
    // Runs right after the limit has given the turn to the waiting call.
    opened.then(() => abort.abort(new Error('too late')))

    open()

    await expect(waiting).rejects.toThrow('too late')
    expect(await next).toBe('next')
    expect(started).toEqual([])
    expect([limit.active, limit.waiting]).toEqual([0, 0])
  })

  it('includes calls that wait while telemetry starts in the queue depth, and returns it to 0', async () => {
    const limit = limitConcurrency({ limit: 1 })
    const { opened, open } = gate()
    const runs = [limit.run('late', () => opened), limit.run('late', () => 1), limit.run('late', () => 2)]
    recorded = recordSeries()
    const more = limit.run('late', () => 3)
    expect(await recorded.value('mcp_queue_depth{tool_name="late"}')).toBe(3)

    open()
    await Promise.all([...runs, more])

    expect(await recorded.value('mcp_queue_depth{tool_name="late"}')).toBe(0)
  })
})
