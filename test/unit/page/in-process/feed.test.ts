import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFeed } from '../../../../src/page/in-process/feed.ts'
import { createPageModel } from '../../../../src/page/model/page-model.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const NOTHING = { resource: { attributes: { 'service.name': 'fed' } }, scopeMetrics: [] } as unknown as ResourceMetrics

function start() {
  const model = createPageModel()
  const collect = vi.fn(async () => ({ resourceMetrics: NOTHING, errors: [] }))
  const onStep = vi.fn()
  return { model, collect, onStep, feed: createFeed({ reader: { collect }, model, onStep }) }
}

describe('createFeed', () => {
  it('collects nothing while nobody looks, and once a second from the first browser on', async () => {
    const { model, collect, onStep, feed } = start()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(collect).not.toHaveBeenCalled()

    await feed.ready()
    feed.watchers(1)
    expect(collect).toHaveBeenCalledTimes(1)
    expect(model.all().map(({ name }) => name)).toEqual(['fed'])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(collect).toHaveBeenCalledTimes(6)
    expect(onStep).toHaveBeenCalledTimes(6)
    feed.stop()
  })

  it('goes on for a minute after the last browser, and then forgets', async () => {
    const { model, collect, feed } = start()
    await feed.ready()
    feed.watchers(1)
    feed.watchers(0)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(model.all()).toHaveLength(1)
    const before = collect.mock.calls.length
    await vi.advanceTimersByTimeAsync(2_000)
    expect(model.all()).toEqual([])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(collect.mock.calls.length - before).toBeLessThanOrEqual(2)
  })

  it('stays while a browser comes back within the minute', async () => {
    const { model, feed } = start()
    await feed.ready()
    feed.watchers(0)
    await vi.advanceTimersByTimeAsync(30_000)
    await feed.ready()
    feed.watchers(1)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(model.all()).toHaveLength(1)
    feed.stop()
    expect(model.all()).toEqual([])
  })

  it('skips a collection that takes longer than a second, and survives one that fails', async () => {
    const { collect, onStep, feed } = start()
    await feed.ready()
    const waiting = Promise.withResolvers<{ resourceMetrics: ResourceMetrics; errors: never[] }>()
    collect.mockImplementationOnce(() => waiting.promise)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(collect).toHaveBeenCalledTimes(2)
    waiting.reject(new Error('no metrics'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(collect).toHaveBeenCalledTimes(3)
    expect(onStep).toHaveBeenCalledTimes(2)
    feed.stop()
  })
})
