// Nothing in, a process for one part of the benchmark out: orders go in and are answered one at a time.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Orders } from './worker.ts'

type Answer<O extends keyof Orders> = Awaited<ReturnType<Orders[O]>>

export interface Child {
  /** Rejects with what went wrong in the child, or when it ended. */
  ask<O extends keyof Orders>(order: O, ...argument: Parameters<Orders[O]>): Promise<Answer<O>>
  stop(): void
}

export function startChild(): Child {
  const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), { execArgv: ['--expose-gc'] })
  return {
    ask: (order, ...[argument]) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null) => reject(new Error(`the process ended with ${code} at ${order}`))
        child.once('exit', ended)
        child.once('message', ({ answer, error }: { answer?: never; error?: string }) => {
          child.off('exit', ended)
          if (error === undefined) resolve(answer as never)
          else reject(new Error(error))
        })
        child.send({ order, argument })
      }),
    stop: () => void child.kill(),
  }
}
