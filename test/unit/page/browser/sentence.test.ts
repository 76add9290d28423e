import { describe, expect, it } from 'vitest'
import * as sentences from '../../../../src/page/browser/sentence.js'
import * as stores from '../../../../src/page/browser/store.js'
import * as views from '../../../../src/page/browser/view.js'

const NOW = 1_800_000_000_000
const FILTERS = { server: '', tool: '', client: '', status: '', list: 'look', call: '', paused: 0 }

interface Given {
  /** Calls of the last minute: tool, status, count. */
  readonly calls?: readonly (readonly [string, string, number])[]
  readonly errors?: readonly (readonly [string, string, number])[]
  readonly open?: readonly { readonly at: number; readonly tool: string }[]
  readonly ended?: readonly object[]
}

function sentence({ calls = [], errors = [], open = [], ended = [] }: Given): { state: string; text: string } {
  const store = stores.createStore()
  const all = [...calls.map((one) => ['calls', ...one] as const), ...errors.map((one) => ['errors', ...one] as const)]
  const series = all.map(([figure, tool, label], id) => [id, figure, [tool, label], 'sum', []])
  const totals = all.map(([, , , count], id) => [id, count, 0])
  const step = { at: NOW - 30_000, seconds: 1, numbers: all.map(([, , , count], id) => [id, count, count]) }
  stores.applySnapshot(store, {
    id: 'one',
    series,
    totals,
    steps: [step],
    open,
    calls: ended,
    callerFaults: ['unknown_tool', 'validation_error'],
  })
  return sentences.sentenceOf(views.viewOf(store, FILTERS, NOW))
}

describe('the sentence on top', () => {
  it('says that no call has come, and how to make one', () => {
    const { state, text } = sentence({})
    expect(state).toBe('idle')
    expect(text).toContain('No call has come yet')
    expect(text).toContain('mcp-vitals traffic')
  })

  it('says when the last call was, if it was long ago', () => {
    const ended = [{ at: NOW - 240_000, seconds: 0, tool: 'a', status: 'success' }]
    const given = { calls: [['a', 'success', 0]] as const, ended }
    expect(sentence(given).text).toContain('No call')
    const store = stores.createStore()
    stores.applySnapshot(store, {
      id: 'one',
      series: [[0, 'calls', ['a', 'success'], 'sum', []]],
      totals: [[0, 9, 0]],
      calls: ended,
    })
    expect(sentences.sentenceOf(views.viewOf(store, FILTERS, NOW)).text).toBe(
      'No calls in the last minute; the last one was 4 minutes ago.',
    )
  })

  it('calls a server without failures well', () => {
    expect(sentence({ calls: [['a', 'success', 212]] })).toEqual({
      state: 'well',
      text: '212 calls in the last minute, none failed.',
    })
  })

  it('names the cause and whose fault it is', () => {
    const callers = sentence({
      calls: [
        ['a', 'success', 209],
        ['a', 'error', 3],
      ],
      errors: [['a', 'validation_error', 3]],
    })
    expect(callers.state).toBe('caller')
    expect(callers.text).toContain(
      '3 of 212 calls failed in the last minute, all by the caller’s fault: a, validation_error',
    )

    const servers = sentence({
      calls: [
        ['a', 'success', 20],
        ['a', 'error', 3],
        ['b', 'error', 5],
      ],
      errors: [
        ['a', 'validation_error', 3],
        ['b', 'unavailable', 5],
      ],
    })
    expect(servers.state).toBe('failing')
    expect(servers.text).toContain('5 of them by the server’s fault: b, unavailable')
    expect(servers.text).toContain('and 1 other cause')
  })

  it('names a stuck call before everything else', () => {
    const { state, text } = sentence({ calls: [['a', 'success', 5]], open: [{ at: NOW - 41_000, tool: 'demo_slow' }] })
    expect(state).toBe('stuck')
    expect(text).toMatch(/^demo_slow has been running for 41 s\./)
  })
})
