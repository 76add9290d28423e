// Calls the tools of a child over Streamable HTTP, in one session, from plain JSON-RPC.
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:http'
import type { Child } from './child.ts'
import { callRequest, INITIALIZE } from './workload.ts'

const AT_ONCE = 8

export interface CallHttp {
  /** Makes calls, eight at a time; microseconds of the child's user CPU for one. */
  cpu(calls: number): Promise<number>
  /** Makes calls when they are due, answered or not; milliseconds from then to the answer, of each. */
  openLoop(perSecond: number, seconds: number): Promise<number[]>
}

export async function connectHttp(child: Child): Promise<CallHttp> {
  const url = await child.ask('serveHttp', undefined)
  const agent = new Agent({ keepAlive: true })
  const post = (message: object, headers: Readonly<Record<string, string>> = {}) =>
    new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const body = JSON.stringify(message)
      const sent = request(url, {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      })
      sent.once('error', reject)
      sent.once('response', (response) => {
        if ((response.statusCode ?? 500) >= 300) reject(new Error(`${url} answered ${response.statusCode}`))
        response.once('end', () => resolve(response.headers)).resume()
      })
      sent.end(body)
    })
  const { 'mcp-session-id': id } = await post(INITIALIZE)
  const session = { 'mcp-session-id': String(id), 'mcp-protocol-version': INITIALIZE.params.protocolVersion }
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session)
  let made = 0
  const call = (number: number) => {
    made += 1
    return post(callRequest(made, number), session)
  }
  return {
    async cpu(calls) {
      const before = await child.ask('cpu', undefined)
      let next = 0
      const caller = async () => {
        while (next < calls) {
          next += 1
          await call(next - 1)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, caller))
      return ((await child.ask('cpu', undefined)) - before) / calls
    },
    async openLoop(perSecond, seconds) {
      const startedAt = performance.now()
      const latencies: Promise<number>[] = []
      while (latencies.length < perSecond * seconds) {
        const dueAt = startedAt + (latencies.length * 1_000) / perSecond
        const early = dueAt - performance.now()
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
        else latencies.push(call(latencies.length).then(() => performance.now() - dueAt))
      }
      return Promise.all(latencies)
    },
  }
}
