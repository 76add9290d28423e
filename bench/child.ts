// Starts the process of a contender, on a CPU of its own where that can be said, and gives it orders, one at a time.
import { fork } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pinned } from './pinned.ts'
import type { ContenderName, Orders } from './worker.ts'

export interface Child {
  readonly metricsUrl: string
  /** Rejects with what went wrong in the child, or when it ended. */
  ask<O extends keyof Orders>(order: O, argument: Orders[O]['argument']): Promise<Orders[O]['answer']>
  /** Its stdin and stdout, for a server that `serve` started. */
  readonly stdin: Writable
  readonly stdout: Readable
  stop(): void
}

export async function startChild(contender: ContenderName, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const [execPath = '', ...execArgv] = pinned([process.execPath, '--expose-gc'])
  const process_ = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
    execPath,
    execArgv,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  })
  const { stdin, stdout } = process_ as unknown as { stdin: Writable; stdout: Readable }
  const ask: Child['ask'] = (order, argument) =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`${contender} ended with ${code}`))
      process_.once('exit', ended)
      process_.once('message', ({ answer, error }: { answer?: never; error?: string }) => {
        process_.off('exit', ended)
        if (error === undefined) resolve(answer as never)
        else reject(new Error(`${contender}: ${error}`))
      })
      process_.send({ order, argument })
    })
  const metricsUrl = await ask('start', contender)
  return { metricsUrl, ask, stdin, stdout, stop: () => void process_.kill() }
}
