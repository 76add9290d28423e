// A connected MCP client in, calls at a steady pace out, one after another.
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'

export interface SteadyCalls {
  /** Calls that were answered. */
  readonly answered: number
  stop(): Promise<void>
}

const PAUSE_MS = 4

export function startSteadyCalls(client: Client, name: string, args: Readonly<Record<string, unknown>>): SteadyCalls {
  let stopping = false
  let answered = 0
  const run = async () => {
    while (!stopping) {
      const { isError } = await client.callTool({ name, arguments: { ...args } })
      if (isError) throw new Error(`${name} failed`)
      answered += 1
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const running = run()
  // Told by `stop`.
  running.catch(() => {})
  return {
    get answered() {
      return answered
    },
    stop() {
      stopping = true
      return running
    },
  }
}

/** The value that 99 of 100 do not exceed. */
export function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? Number.NaN
}
