// A connected MCP client and what to call in, so many calls under way at any time out, whatever becomes of them.
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'

export interface RepeatedCalls {
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Calls under way at once. They begin one after another, so that they do not end together. */
  readonly atOnce: number
  readonly apartMs: number
}

/** Calls over and over, until it is stopped. */
export function startRepeatedCalls(client: Client, { tool, arguments: args, atOnce, apartMs }: RepeatedCalls) {
  let stopping = false
  let calls = 0
  const one = async (nth: number) => {
    await wait(nth * apartMs)
    while (!stopping) {
      await client.callTool({ name: tool, arguments: { ...args } })
      calls += 1
      if (atOnce === 1) await wait(apartMs)
    }
  }
  const running = Promise.all(Array.from({ length: atOnce }, (_, nth) => one(nth)))
  running.catch(() => {})
  const stop = async () => {
    stopping = true
    await running
    return calls
  }
  return {
    /** @throws what a call threw; else gives how many were answered. */
    stop,
    /** The same for the end of a test, that may have ended the server as well. */
    end: () => stop().then(ignore, ignore),
  }
}

function ignore(): void {}
