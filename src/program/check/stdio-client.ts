// A small MCP client over stdio, for a server that is started, asked and stopped.
import { SCOPE } from '@mcp-vitals/instrumentation'
import { member, messageKind } from '@mcp-vitals/instrumentation/wire'
import { startServer } from '../../attach/wrap/child.ts'
import { RpcError } from '../http-client.ts'
import type { ListingClient } from './list-offer.ts'

const PROTOCOL_VERSION = '2025-11-25'
/** For a package that has to be downloaded first. */
const ANSWER_MS = 120_000
/** A server that does not end at the end of its input is ended. */
const END_MS = 2_000
/** Longer answers are no list that a model could read. */
const MAX_LINE = 64 * 1_048_576

interface Answer {
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code?: number; readonly message?: string }
}

/** Starts the command and connects to it. Rejects if it cannot be started, ends, or does not answer. */
export async function connectStdio([command = '', ...args]: readonly string[]): Promise<ListingClient> {
  const { pid, stdin, stdout, exited } = await startServer(command, args)
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  let lastId = 0
  let failure: Error | undefined
  const fail = (error: Error) => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  const send = (message: object) => stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const receive = (line: string) => {
    let parsed: unknown
    try {
      parsed = JSON.parse(line)
    } catch {
      return
    }
    const kind = messageKind(parsed)
    const id = member(parsed, 'id') as number
    if (kind === 'request') {
      const isPing = member(parsed, 'method') === 'ping'
      send({ id, ...(isPing ? { result: {} } : { error: { code: -32_601, message: 'Method not found' } }) })
    }
    if (kind !== 'response') return
    waiting.get(id)?.resolve(parsed as Answer)
    waiting.delete(id)
  }
  let rest = ''
  stdin.on('error', () => {})
  stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE) return fail(new Error('the server sent a line of more than 64 MiB'))
    for (const line of lines) receive(line)
  })
  void exited.then(({ code, signal }) => fail(new Error(`the server ended with ${signal ?? `exit code ${code}`}`)))

  const request = async (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    if (failure !== undefined) throw failure
    lastId += 1
    const answered = Promise.withResolvers<Answer>()
    waiting.set(lastId, answered)
    send({ id: lastId, method, params })
    const timer = setTimeout(() => answered.reject(new Error(`no answer to ${method} within 2 minutes`)), ANSWER_MS)
    const { result = {}, error } = await answered.promise.finally(() => clearTimeout(timer))
    if (error !== undefined) throw new RpcError(error.code ?? 0, error.message ?? '')
    return result
  }
  const close = async () => {
    stdin.end()
    const timer = setTimeout(() => kill(pid), END_MS)
    await exited
    clearTimeout(timer)
  }
  try {
    const clientInfo = { name: `${SCOPE.name}-check`, version: SCOPE.version }
    const opened = await request('initialize', { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo })
    send({ method: 'notifications/initialized' })
    return { opened, request, close }
  } catch (error) {
    await close()
    throw error
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
