import { afterEach, describe, expect, it } from 'vitest'
import { createProxiedSessions, RESUME_MS } from '../../../../src/attach/proxy/proxied-sessions.ts'
import { createWrappedServer } from '../../../../src/attach/wrap/wrapped-server.ts'
import { resetLabels } from '../../../../src/index.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

afterEach(resetLabels)

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } }
const INITIALIZE = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } }
const INITIALIZED = { jsonrpc: '2.0', id: 0, result: { protocolVersion: '2025-11-25' } }

function start(maxSessions = 10) {
  const series = recordSeries()
  let clock = 0
  const sessions = createProxiedSessions({ server: createWrappedServer(), maxSessions, now: () => clock })
  const open = (id: string) => {
    const session = sessions.create()
    session.watcher.received(INITIALIZE)
    sessions.keep(id, session)
    session.watcher.sending(INITIALIZED)?.settled(false)
    return session
  }
  const ended = async () =>
    Object.values(await series.nonZero('mcp_server_session_duration_seconds_count')).reduce((sum, n) => sum + n, 0)
  return {
    sessions,
    series,
    open,
    ended,
    later(ms: number) {
      clock += ms
    },
  }
}

describe('createProxiedSessions', () => {
  it('ends the session that was used longest ago when there are too many', async () => {
    const { sessions, series, open, ended } = start(2)
    open('a')
    open('b')
    expect(await series.value('mcp_active_sessions')).toBe(2)
    sessions.find('a')
    open('c')

    expect([sessions.size, sessions.find('b')]).toEqual([2, undefined])
    expect(await ended()).toBe(1)
    sessions.endAll()
    sessions.endAll()
    expect(await ended()).toBe(3)
    expect(await series.value('mcp_active_sessions')).toBe(0)
  })

  it('ends sessions without traffic after an hour, but none with an open stream', async () => {
    const { sessions, open, ended, later } = start()
    open('idle')
    open('streams').exchanges += 1
    later(3_600_001)
    sessions.reap()

    expect([sessions.find('idle'), sessions.size, await ended()]).toEqual([undefined, 1, 1])
  })

  it('counts a call as unanswered when nobody resumes its stream in time', async () => {
    const { sessions, series, open, later } = start()
    const session = open('a')
    session.watcher.received(CALL)
    session.interrupted.set(1, { message: CALL, until: RESUME_MS })
    const closed = 'mcp_tool_errors_total{error_type="connection_closed",tool_name="_OTHER"}'
    later(RESUME_MS - 1)
    sessions.reap()
    expect(await series.value(closed)).toBeUndefined()
    later(1)
    sessions.reap()
    expect(await series.value(closed)).toBe(1)
  })

  it('remembers the last 256 event ids of a session', () => {
    const session = start().open('a')
    for (let id = 0; id < 300; id += 1) expect(session.hasSeen(String(id))).toBe(false)

    expect([session.hasSeen('299'), session.hasSeen('1')]).toEqual([true, false])
  })
})
