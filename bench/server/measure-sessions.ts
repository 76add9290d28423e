// Opens many sessions, uses each of them, lets them be reaped, and measures the memory of the server at each step.
import { setTimeout as pause } from 'node:timers/promises'
import type { McpOverHttp } from './mcp-over-http.ts'
import { mcpOverHttp, toolCall } from './mcp-over-http.ts'
import type { Memory, Question } from './memory-probe.ts'
import { startServed } from './served.ts'

export type Step = 'before' | 'open' | 'reaped' | 'later'

/** Memory at a step, before and after a garbage collection that the benchmark forces. */
export type Measured = Readonly<Record<Step, { readonly asItIs: Memory; readonly collected: Memory }>>

interface Plan {
  readonly sessions: number
  /** The life of an idle session. Long enough to open all of them. */
  readonly ttlSeconds: number
  /** How long after the last session was reaped the memory is measured again. */
  readonly laterSeconds: number
}

const CONNECTIONS = 16
/** Traffic makes V8 enlarge its heap, whether sessions stay open or not: a part of the sessions are used and ended before. */
const WARM_UP_PART = 0.3

/** @throws {Error} if not all sessions were open at the same time, or some were open after their time. */
export async function measureSessions({ sessions, ttlSeconds, laterSeconds }: Plan): Promise<Measured> {
  const server = await startServed([
    ...['--max-sessions', String(sessions + CONNECTIONS)],
    ...['--session-ttl', String(ttlSeconds)],
    ...['--rate-limit', '0'],
  ])
  const client = mcpOverHttp(server.url, undefined, CONNECTIONS)
  try {
    await useMany(client, sessions * WARM_UP_PART, async (id) => void (await client.end(id)))
    const before = await bothOf(server)
    /** By id, when each was used last; the longest unused first. */
    const used = new Map<string, number>()
    const use = async (id: string) => {
      used.delete(id)
      used.set(id, performance.now())
      await call(client, id)
    }
    await useMany(client, sessions, async (id) => {
      used.set(id, performance.now())
      // On a slow machine the first would be reaped before the last is open.
      for (const [oldest, usedAt] of used) {
        if (performance.now() - usedAt < (ttlSeconds * 1_000) / 2) break
        await use(oldest)
      }
    })
    const [oldest = ''] = used.keys()
    await use(oldest)
    const open = await bothOf(server)
    await pause(ttlSeconds * 1_000 + 2_000)
    const reaped = await bothOf(server)
    await pause(laterSeconds * 1_000)
    const later = await bothOf(server)
    const { status } = await client.post(toolCall(1, 'hello_world', { name: 'x' }), [...used.keys()].at(-1))
    if (status !== 404) throw new Error(`a session was not reaped: a call was answered with ${status}`)
    return { before, open, reaped, later }
  } finally {
    client.close()
    await server.stop()
  }
}

async function bothOf({ memory }: { memory(question: Question): Promise<Memory> }) {
  const asItIs = await memory('as it is')
  // V8 returns pages to the system some time after a collection.
  await memory('after garbage collection')
  await pause(2_000)
  return { asItIs, collected: await memory('after garbage collection') }
}

/** Opens sessions, and calls a tool and lists all of them in each. */
async function useMany(client: McpOverHttp, count: number, used: (id: string) => Promise<void>): Promise<void> {
  let left = count
  const worker = async () => {
    while (left > 0) {
      left -= 1
      const id = await client.open()
      await call(client, id)
      await used(id)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
}

async function call(client: McpOverHttp, id: string): Promise<void> {
  const { status, text } = await client.post(toolCall(1, 'hello_world', { name: 'x' }), id)
  if (status !== 200 || !text.includes('"result"')) throw new Error(`a call was answered with ${status} ${text}`)
}
