// A program's path and arguments in, the program running and ready out: on loopback, with its output in a file, ended by its
// id within a deadline.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { waitFor } from './wait-for.ts'

export interface PartProcess {
  readonly name: string
  /** Everything that it has printed. */
  log(): string
  readonly logFile: string
  pid(): number
  /** SIGSTOP, SIGCONT and the like. */
  signal(signal: NodeJS.Signals): void
  /** Ends it at once, as a crash would. */
  crash(): Promise<void>
  /** The same program again, on the same ports, once it is ready. */
  restart(): Promise<void>
  /** Asks it to end; after 5 s it is ended. */
  stop(): Promise<void>
}

export interface PartOptions {
  readonly name: string
  readonly path: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly logFile: string
  /** Answers 2xx when it is ready. */
  readonly readyUrl: string
  /** Asks it, where a plain fetch cannot: TLS of an authority that nobody knows. */
  readonly answers?: (url: string) => Promise<boolean>
}

const STOP_MS = 5_000
const READY_MS = 60_000

/** @throws {Error} with the end of its output if it ends, or is not ready within a minute. */
export async function startPart(options: PartOptions): Promise<PartProcess> {
  const { name, path, args, env = {}, logFile, readyUrl, answers = answersOk } = options
  let child: ChildProcess
  const log = () => readFileSync(logFile, 'utf8')

  const start = async () => {
    const output = openSync(logFile, 'a')
    const { PATH = '', HOME = '' } = process.env
    child = spawn(path, args, { env: { PATH, HOME, ...env }, stdio: ['ignore', output, output] })
    closeSync(output)
    let failed: Error | undefined
    child.once('error', (error) => {
      failed = error
    })
    const ready = async () => {
      if (failed !== undefined) throw failed
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${log().slice(-3_000)}`)
      return answers(readyUrl)
    }
    await waitFor(ready, READY_MS, `${name} being ready`)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    // A stopped process takes no SIGTERM.
    if (signal !== 'SIGKILL') child.kill('SIGCONT')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(timer)
  }

  await start()
  return {
    name,
    log,
    logFile,
    pid: () => child.pid ?? 0,
    signal: (signal) => child.kill(signal),
    crash: () => end('SIGKILL'),
    restart: start,
    stop: () => end('SIGTERM'),
  }
}

function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  )
}
