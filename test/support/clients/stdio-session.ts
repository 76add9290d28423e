// A raw JSON-RPC client of a stdio server in a process: what it sends is exactly what a test says.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { waitFor } from '../programs/wait-for.ts'

export interface StdioSession {
  send(message: object): void
  /** Sends a request and resolves to its answer. */
  ask(method: string, params?: object): Promise<Answer>
  /** Sends a request, and does not wait. Returns its id. */
  begin(method: string, params?: object): number
  /** Messages that came and are no answer to this client. */
  readonly unexpected: unknown[]
}

interface Answer {
  readonly id: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number; readonly message: string }
}

export function stdioSession(child: ChildProcessWithoutNullStreams): StdioSession {
  const answers = new Map<number, Answer>()
  const unexpected: unknown[] = []
  let id = 0
  let rest = ''
  child.stdout.on('data', (text: Buffer | string) => {
    const lines = (rest + text.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const message = JSON.parse(line) as Answer & { readonly method?: string }
      if (message.method === undefined && typeof message.id === 'number' && message.id <= id)
        answers.set(message.id, message)
      else unexpected.push(message)
    }
  })
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const begin = (method: string, params?: object) => {
    id += 1
    send({ id, method, ...(params && { params }) })
    return id
  }
  return {
    send,
    begin,
    unexpected,
    async ask(method, params) {
      const asked = begin(method, params)
      return waitFor(() => answers.get(asked), 30_000, `an answer to ${method}`)
    },
  }
}

/** `initialize` and its notification, as a client of revision 2025-11-25 sends them. */
export async function openSession(session: StdioSession, name = 'claude-ai'): Promise<void> {
  const clientInfo = { name, version: '1' }
  await session.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
  session.send({ method: 'notifications/initialized' })
}
