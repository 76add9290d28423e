// Tests which calls the traffic command sends, and how it reports them.
import { describe, expect, it } from 'vitest'
import { notePods, plannedCalls } from '../../../src/program/traffic-mix.ts'
import { createTrafficReport } from '../../../src/program/traffic-report.ts'

describe('plannedCalls', () => {
  const first = (count: number, tools: string[]) => plannedCalls(new Set(tools)).take(count).toArray()
  const share = (calls: { kind: string }[], kind: string) => calls.filter((call) => call.kind === kind).length

  it('yields every kind of call, most of them good', () => {
    const calls = first(280, ['hello_world', 'demo_slow', 'demo_fail'])

    for (const kind of ['bad arguments', 'unknown tool', 'slow', 'failing', 'cancelled']) {
      expect(share(calls, kind), kind).toBeGreaterThan(0)
    }
    expect(share(calls, 'good')).toBeGreaterThan(140)
  })

  it('yields only tools that the server offers, apart from unknown tools', () => {
    const calls = first(280, ['hello_world'])

    expect(new Set(calls.filter(({ kind }) => kind !== 'unknown tool').map(({ tool }) => tool))).toEqual(
      new Set(['hello_world']),
    )
  })

  it('asks about a pod only after the server has listed it', () => {
    const pods: { namespace: string; name: string }[] = []
    const calls = plannedCalls(new Set(['hello_world', 'list_pods', 'get_pod', 'get_logs']), pods)
    const asked = () =>
      calls
        .take(60)
        .toArray()
        .filter(({ kind, tool }) => kind === 'cluster' && tool !== 'list_pods')
    const list = { kind: 'cluster', tool: 'list_pods', arguments: {} } as const

    const [first] = [...Array(60)].map(() => calls.next().value).filter(({ tool }) => tool === 'get_logs')
    expect(first).toBeUndefined()
    notePods(pods, list, { pods: [{ namespace: 'shop', name: 'web-1', status: 'Running' }] })
    notePods(pods, list, undefined)
    notePods(pods, list, { pods: [] })

    const later = asked()
    expect(later.map((call) => call.tool)).toEqual(expect.arrayContaining(['get_pod', 'get_logs']))
    expect(later.every((call) => JSON.stringify(call.arguments).includes('web-1'))).toBe(true)
  })

  it('makes up a new name for each unknown tool', () => {
    const madeUp = first(280, []).filter(({ kind }) => kind === 'unknown tool')

    expect(new Set(madeUp.map(({ tool }) => tool)).size).toBe(madeUp.length)
  })

  it('uses six kinds of failure', () => {
    const failing = first(280, ['demo_fail']).filter(({ kind }) => kind === 'failing')

    expect(new Set(failing.map((call) => call.arguments['kind'])).size).toBe(6)
  })
})

describe('createTrafficReport', () => {
  it('reports the rates of the last seconds and the totals of the whole run', () => {
    let ms = 0
    const report = createTrafficReport(() => ms)
    const call = (ending: 'success' | 'error') => {
      report.started()
      report.ended(ending, 0.02)
    }
    for (let i = 0; i < 100; i++) call('error')
    ms = 10_000
    for (let i = 0; i < 20; i++) call('success')
    report.started()

    expect(report.line()).toContain('10 s · 4.0 calls/s · success 4.0/s · error 0.0/s')
    expect(report.line()).toContain('in progress 1 · p50 20.0 ms p95 20.0 ms')
    expect(report.summary()).toContain('120 calls in 10.0 s (12.0/s): 20 success, 100 error, 0 cancelled, 0 failed')
  })

  it('prints no NaN before the first call', () => {
    expect(createTrafficReport(() => 0).line()).not.toContain('NaN')
  })
})
