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
const WARM_UP = 300

/** @throws {Error} if not all sessions were open at the same time, or some were open after their time. */
export async function measureSessions({ sessions, ttlSeconds, laterSeconds }: Plan): Promise<Measured> {
  const server = await startServed([
    ...['--max-sessions', String(sessions + WARM_UP)],
    ...['--session-ttl', String(ttlSeconds)],
    ...['--rate-limit', '0'],
  ])
  const client = mcpOverHttp(server.url, undefined, CONNECTIONS)
  try {
    await useMany(client, WARM_UP, async (id) => void (await client.end(id)))
    const before = await bothOf(server)
    const ids: string[] = []
    await useMany(client, sessions, async (id) => void ids.push(id))
    // The oldest and the newest: all between are open too.
    for (const id of [ids[0], ids.at(-1)]) await call(client, id ?? '')
    const open = await bothOf(server)
    await pause(ttlSeconds * 1_000 + 2_000)
    const reaped = await bothOf(server)
    await pause(laterSeconds * 1_000)
    const later = await bothOf(server)
    for (const id of [ids[0], ids.at(-1)]) {
      const { status } = await client.post(toolCall(1, 'hello_world', { name: 'x' }), id)
      if (status !== 404) throw new Error(`a session was not reaped: a call was answered with ${status}`)
    }
    return { before, open, reaped, later }
  } finally {
    client.close()
    await server.stop()
  }
}

async function bothOf({ memory }: { memory(question: Question): Promise<Memory> }) {
  return { asItIs: await memory('as it is'), collected: await memory('after garbage collection') }
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
