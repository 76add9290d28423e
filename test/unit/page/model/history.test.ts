import { describe, expect, it } from 'vitest'
import { createHistory } from '../../../../src/page/model/history.ts'
import { createTraceList } from '../../../../src/page/model/trace-list.ts'

describe('createHistory', () => {
  it('drops what is older than 15 minutes', () => {
    const history = createHistory()
    for (let second = 0; second <= 1_000; second += 1) history.add(second * 1_000, `{"at":${second * 1_000}}`)
    const steps = JSON.parse(history.json()) as { at: number }[]
    expect(steps[0]?.at).toBe(100_000)
  })

  it('stays within its bytes: the oldest step goes first', () => {
    const history = createHistory(1_000)
    for (let step = 0; step < 100; step += 1) history.add(step, JSON.stringify({ step, pad: 'x'.repeat(80) }))
    expect(history.bytes).toBeLessThanOrEqual(1_000)
    expect(history.json()).toContain('"step":99')
    expect(history.json()).not.toContain('"step":50')
  })
})

describe('createTraceList', () => {
  it('stays within its bytes: the oldest trace goes first', () => {
    const traces = createTraceList(10_000)
    const span = (traceId: string) => ({
      traceId,
      spanId: '1',
      parentId: '',
      name: 'n'.repeat(100),
      kind: 'server',
      at: 0,
      ms: 1,
      failed: false,
      attributes: {},
    })
    for (let trace = 0; trace < 100; trace += 1) traces.addSpan(span(`t${trace}`))
    expect(traces.bytes).toBeLessThanOrEqual(10_000)
    expect(traces.find('t0')).toBeUndefined()
    expect(traces.find('t99')?.spans).toHaveLength(1)
  })

  it('keeps a bounded part of one trace, and says how much it left out', () => {
    const traces = createTraceList()
    for (let span = 0; span < 600; span += 1) {
      traces.addSpan({
        traceId: 't',
        spanId: String(span),
        parentId: '',
        name: '',
        kind: 'internal',
        at: 0,
        ms: 1,
        failed: false,
        attributes: {},
      })
    }
    expect(traces.find('t')).toMatchObject({ spans: { length: 500 }, leftOut: 100 })
  })
})
