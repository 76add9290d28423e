// Starts the server with the memory of the manifest's pod, and watches that it answers while it is attacked.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { MCP_HEADERS, messagesIn, rawHttp, rawSession, toolCall } from '../clients/raw-http.ts'
import { temporaryFile } from '../files/temporary-file.ts'
import type { RunningServer } from '../programs/run-cli.ts'
import { runServer } from '../programs/run-cli.ts'
import { untilReady } from '../programs/until-ready.ts'

export const ATTACKER = 'attacker-0123456789'
const HONEST = 'honest-0123456789'
/** Of the manifest's limit, 384 MiB. */
const HEAP = '--max-old-space-size=256'

export interface AttackedServer extends RunningServer {
  /** Probes both endpoints and makes one call with the other token. Throws if one of them is not answered. */
  check(): Promise<void>
  /** Calls of the honest client that were answered so far. */
  readonly answered: () => number
  /** Peak of the resident memory in MiB, which Linux counts. */
  readonly peakMemory: () => number
}

export async function startAttacked(args: readonly string[] = []): Promise<AttackedServer> {
  const tokens = temporaryFile(`${ATTACKER}\n${HONEST}\n`)
  const server = await runServer(['--token-file', tokens, '--log-level', 'error', ...args], { NODE_OPTIONS: HEAP })
  await untilReady(server)
  const session = await rawSession(server.url, { authorization: `Bearer ${HONEST}` })
  const base = server.metricsUrl.replace('/metrics', '')
  let answered = 0
  return {
    ...server,
    answered: () => answered,
    peakMemory: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))?.[1]) / 1024,
    async check() {
      for (const path of ['/health', '/ready', '/metrics']) {
        const { status } = await rawHttp(`${base}${path}`)
        if (status !== 200) throw new Error(`${path} was answered with ${status}`)
      }
      const body = toolCall(answered + 1, 'hello_world', { name: 'x' })
      const answer = await rawHttp(server.url, { method: 'POST', headers: { ...MCP_HEADERS, ...session }, body })
      const [message] = messagesIn(answer.text)
      if (!(message && 'result' in message)) throw new Error(`a call was answered with ${answer.status} ${answer.text}`)
      answered += 1
    },
  }
}

/** Opens sockets that each send `head` and stay. They are closed with the test. */
export function holdSockets(url: string, count: number, head: string | Buffer): void {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.write(head)
    return socket
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
}
