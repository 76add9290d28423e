// Tests which session makes room for which, and that no principal takes the room of another. The clock is an argument.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HttpSession } from '../../../../src/server/http/session.ts'
import { createSessions } from '../../../../src/server/http/sessions.ts'
import { INITIALIZE, MCP_HEADERS, rawHttp, toolCall } from '../../../support/clients/raw-http.ts'

interface Rules {
  readonly maxSessions: number
  readonly principals?: number
}

const TTL_MS = 900_000

/** Sessions behind a real HTTP server, whose clock stands still until it is told to go on. */
async function start({ maxSessions, principals = 2 }: Rules) {
  let ms = 0
  const sessions = createSessions({
    maxSessions,
    sessionTtlMs: TTL_MS,
    principals: () => principals,
    now: () => ms,
    createServer() {
      const server = new Server({ name: 'x', version: '1' }, { capabilities: { tools: {} } })
      server.setRequestHandler(CallToolRequestSchema, () => new Promise<never>(() => {}))
      return server
    },
  })
  const byName = new Map<string, HttpSession>()
  const http = createServer(async (received, response) => {
    const session = byName.get(String(received.headers['x-name']))
    const body = received.method === 'POST' ? ((await json(received)) as { id?: string }) : undefined
    await session?.handle(received, response, body, body?.id === undefined ? [] : [body.id])
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await sessions.endAll('The test is over.')
    http.closeAllConnections()
    http.close()
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`
  const idOf = new Map<string, string>()
  const headersOf = (name: string) => ({ ...MCP_HEADERS, 'x-name': name, 'mcp-session-id': idOf.get(name) ?? '' })
  return {
    pass: (seconds: number) => {
      ms += seconds * 1_000
    },
    reap: sessions.reap,
    /** Whether there was room for a session of this principal. */
    async open(principal: string, name: string): Promise<boolean> {
      const session = await sessions.open(principal)
      if (session === undefined) return false
      byName.set(name, session)
      const headers = { ...MCP_HEADERS, 'x-name': name }
      const answer = await rawHttp(url, { method: 'POST', headers, body: INITIALIZE })
      idOf.set(name, String(answer.headers['mcp-session-id']))
      return true
    },
    isOpen: (principal: string, name: string) => sessions.find(idOf.get(name) ?? '', principal) !== undefined,
    /** Opens the event stream of a session, which stays open. */
    listen: (name: string) =>
      new Promise<void>((resolve) => {
        const sent = request(url, { agent: false, headers: headersOf(name) }, () => resolve())
        sent.on('error', () => {})
        sent.end()
      }),
    /** Calls a tool that never answers. */
    call: async (name: string) => {
      rawHttp(url, { method: 'POST', headers: headersOf(name), body: toolCall('c', 'any') }).catch(() => {})
      while (byName.get(name)?.pending.size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  }
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

describe('createSessions', () => {
  it('gives one of several principals half of the sessions, and the next principal what is left', async () => {
    const { open } = await start({ maxSessions: 10 })
    const greedy = []
    for (const name of names('a', 7)) greedy.push(await open('a', name))

    expect(greedy).toEqual([true, true, true, true, true, false, false])
    for (const name of names('b', 5)) expect(await open('b', name)).toBe(true)
  })

  it('gives a single principal all sessions', async () => {
    const { open } = await start({ maxSessions: 3, principals: 1 })

    for (const name of names('a', 3)) expect(await open('a', name)).toBe(true)
    expect(await open('a', 'a3')).toBe(false)
  })

  it('takes a session of the principal that has most, for one below its fair part, at once', async () => {
    const { open, isOpen } = await start({ maxSessions: 8, principals: 3 })
    for (const name of names('a', 4)) expect(await open('a', name)).toBe(true)
    for (const name of names('b', 4)) expect(await open('b', name)).toBe(true)

    expect(await open('c', 'c0')).toBe(true)
    expect(await open('c', 'c1')).toBe(true)
    expect(await open('c', 'c2')).toBe(false)
    const left = [
      ...names('a', 4).filter((name) => isOpen('a', name)),
      ...names('b', 4).filter((name) => isOpen('b', name)),
    ]
    expect(left).toHaveLength(6)
  })

  it('evicts a session that has only listened for a minute, and no other', async () => {
    const { open, listen, isOpen, pass } = await start({ maxSessions: 2, principals: 1 })
    await open('a', 'listens')
    await listen('listens')
    pass(59)
    await open('a', 'young')
    expect(await open('a', 'third')).toBe(false)

    pass(2)
    expect(await open('a', 'third')).toBe(true)
    expect(isOpen('a', 'listens')).toBe(false)
    expect(isOpen('a', 'young')).toBe(true)
  })

  it('never evicts a session that waits for an answer', async () => {
    const { open, call, isOpen, pass } = await start({ maxSessions: 2 })
    await open('a', 'busy')
    await call('busy')
    await open('b', 'other')
    pass(600)

    // The one that waits is the older one.
    expect(await open('b', 'next')).toBe(true)
    expect(isOpen('a', 'busy')).toBe(true)
    expect(isOpen('b', 'other')).toBe(false)
  })

  it('never lets a principal at its own bound evict the session of another', async () => {
    const { open, isOpen, call, pass } = await start({ maxSessions: 4 })
    for (const name of names('a', 2)) {
      await open('a', name)
      await call(name)
    }
    await open('b', 'b0')
    pass(600)

    expect(await open('a', 'a2')).toBe(false)
    expect(isOpen('b', 'b0')).toBe(true)
  })

  it('reaps a session after its life, but none that waits for an answer', async () => {
    const { open, call, isOpen, pass, reap } = await start({ maxSessions: 3 })
    await open('a', 'idle')
    await open('a', 'busy')
    await call('busy')

    pass(TTL_MS / 1_000 - 1)
    reap()
    expect(isOpen('a', 'idle')).toBe(true)
    pass(2)
    reap()
    expect(isOpen('a', 'idle')).toBe(false)
    expect(isOpen('a', 'busy')).toBe(true)
  })
})
