// The traffic that must be served whatever others do: probes and scrapes, and a client that calls tools.
import { setTimeout as pause } from 'node:timers/promises'
import type { McpOverHttp } from './mcp-over-http.ts'
import { mcpOverHttp, toolCall } from './mcp-over-http.ts'
import type { Tally } from './tally.ts'

export interface GoodTraffic {
  /** Answers of each kind of request: how many, and the slowest in milliseconds. */
  readonly answers: ReadonlyMap<string, { count: number; slowest: number }>
  /** What was not answered as it should be. */
  readonly failures: readonly string[]
  /** Resolves when the last answer is there. */
  readonly done: Promise<void>
}

interface GoodOptions {
  readonly url: string
  readonly metricsUrl: string
  readonly token: string
  /** Tool calls that were answered, by tool and status. */
  readonly calls: Tally
  readonly isOver: () => boolean
}

const PROBE_EVERY_MS = 1_000
const CALL_EVERY_MS = 250
/** Then the client ends its session and opens another. */
const CALLS_PER_SESSION = 40

const CALLS = [
  ['hello_world', { name: 'Ada' }],
  ['diagnose_namespace', { namespace: 'shop' }],
  ['hello_world', { name: 'Grace', language: 'fr' }],
  ['list_pods', { namespace: 'shop' }],
] as const

export function goodTraffic({ url, metricsUrl, token, calls, isOver }: GoodOptions): GoodTraffic {
  const answers = new Map<string, { count: number; slowest: number }>()
  const failures: string[] = []
  /** Times one request. `ask` returns what is wrong with its answer. */
  const timed = async (what: string, ask: () => Promise<string | undefined>) => {
    const startedAt = performance.now()
    const problem = await ask().catch((error: unknown) => String(error))
    const row = answers.get(what) ?? { count: 0, slowest: 0 }
    answers.set(what, row)
    row.count += 1
    row.slowest = Math.max(row.slowest, performance.now() - startedAt)
    if (problem !== undefined) failures.push(`${new Date().toISOString()} ${what}: ${problem}`)
  }
  const probe = async () => {
    while (!isOver()) {
      for (const path of ['/health', '/ready', '/metrics']) {
        await timed(path, async () => {
          const response = await fetch(new URL(path, metricsUrl), { headers: { connection: 'close' } })
          await response.text()
          return response.status === 200 ? undefined : `status ${response.status}`
        })
      }
      await pause(PROBE_EVERY_MS)
    }
  }
  const callTools = async (client: McpOverHttp) => {
    while (!isOver()) {
      let session = ''
      await timed('initialize', async () => {
        session = await client.open()
        return undefined
      })
      await timed('tools/list', async () => {
        const { text } = await client.post('{"jsonrpc":"2.0","id":0,"method":"tools/list"}', session)
        return text.includes('"hello_world"') ? undefined : text
      })
      for (let id = 1; id <= CALLS_PER_SESSION && !isOver(); id++) {
        const [name, args] = CALLS[id % CALLS.length] ?? CALLS[0]
        await timed(`tools/call ${name}`, async () => {
          const { status, text } = await client.post(toolCall(id, name, args), session)
          if (status !== 200 || !text.includes('"result"') || text.includes('"isError":true'))
            return `${status} ${text}`
          calls.add(`${name} success`)
          return undefined
        })
        await pause(CALL_EVERY_MS)
      }
      await timed('DELETE', async () => {
        const { status } = await client.end(session)
        return status === 200 ? undefined : `status ${status}`
      })
    }
  }
  const done = Promise.all([probe(), callTools(mcpOverHttp(url, token, 0))]).then(() => {})
  return { answers, failures, done }
}
