// Calls the tools of a child over its stdin and stdout, eight at a time, from bare JSON-RPC, and reads what CPU that took the child.
import { createInterface } from 'node:readline'
import type { Child } from './child.ts'
import { callRequest, INITIALIZE } from './workload.ts'

const AT_ONCE = 8

/** Microseconds of the child's user CPU for one call. */
export type CallStdio = (calls: number) => Promise<number>

export async function connectStdio(child: Child): Promise<CallStdio> {
  await child.ask('serve', undefined)
  let answered = () => {}
  createInterface({ input: child.stdout }).on('line', () => answered())
  const send = (message: object) => void child.stdin.write(`${JSON.stringify(message)}\n`)
  const first = new Promise<void>((resolve) => {
    answered = resolve
  })
  send(INITIALIZE)
  await first
  send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  let id = 0
  return async (calls) => {
    const before = await child.ask('cpu', undefined)
    await new Promise<void>((resolve) => {
      let sent = 0
      let done = 0
      const next = () => {
        if (sent >= calls) return
        id += 1
        send(callRequest(id, sent))
        sent += 1
      }
      answered = () => {
        done += 1
        if (done === calls) resolve()
        else next()
      }
      for (let call = 0; call < AT_ONCE; call += 1) next()
    })
    return ((await child.ask('cpu', undefined)) - before) / calls
  }
}
