// Tests what the observer of a wrapped server records of calls that time ends.
import { watchConnection } from '@mcp-vitals/instrumentation/wire'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createObserver } from '../../../../src/attach/wrap/observer.ts'
import { createWrappedServer } from '../../../../src/attach/wrap/wrapped-server.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const MINUTES = 60_000
const tool = { name: 'slow', inputSchema: { type: 'object' } }
const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'slow', arguments: {} } })

function observe(list: { isWaiting: boolean }) {
  const server = createWrappedServer()
  const watcher = watchConnection({ network: { networkTransport: 'pipe' } }, server)
  server.listed('tools/list', { tools: [tool] })
  return createObserver({ watcher, server, list, startedAt: performance.now() })
}

describe('createObserver', () => {
  it('counts a call as timeout after 10 minutes without an answer, and a late answer no more', async () => {
    const recorded = recordSeries()
    const observer = observe({ isWaiting: false })
    observer.fromClient({ message: call(1) })
    vi.advanceTimersByTime(10 * MINUTES - 10)
    expect(await recorded.value('mcp_active_requests{tool_name="slow"}')).toBe(1)
    vi.advanceTimersByTime(20)
    observer.fromServer({ message: { jsonrpc: '2.0', id: 1, result: { content: [] } } })

    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="timeout",tool_name="slow"}': 1,
    })
    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="error",tool_name="slow"}': 1,
    })
    expect(await recorded.value('mcp_active_requests{tool_name="slow"}')).toBe(0)
  })

  it('measures an answer that waits for the list of tools as of when it passed', async () => {
    const recorded = recordSeries()
    const list = { isWaiting: true }
    const observer = observe(list)
    observer.fromClient({ message: call(2) })
    vi.advanceTimersByTime(200)
    observer.fromServer({ message: { jsonrpc: '2.0', id: 2, result: { content: [] } } })
    vi.advanceTimersByTime(700)
    list.isWaiting = false
    observer.catchUp()

    expect(await recorded.value('mcp_tool_duration_seconds_sum{tool_name="slow"}')).toBeCloseTo(0.2, 6)
  })
})
