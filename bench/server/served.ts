// Starts mcp-vitals-server as a process of its own, and asks it for its memory.
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Memory, Question } from './memory-probe.ts'

export interface Served {
  readonly url: string
  readonly metricsUrl: string
  memory(question: Question): Promise<Memory>
  /** Seconds of CPU time so far. */
  cpuSeconds(): number
  /** Undefined while it runs. */
  readonly ended: () => string | undefined
  /** Ends it as Kubernetes does. Resolves with its exit code or signal. */
  stop(): Promise<string>
}

const CLI = fileURLToPath(new URL('../../src/server/cli.ts', import.meta.url))
const PROBE = new URL('./memory-probe.ts', import.meta.url).href
const TICKS_PER_SECOND = 100

/** Resolves when it is ready. `execArgv` are options of Node.js. */
export async function startServed(args: readonly string[], execArgv: readonly string[] = []): Promise<Served> {
  const child = fork(CLI, ['serve', '--port', '0', '--log-level', 'error', ...args], {
    execArgv: [...execArgv, '--import', PROBE],
    env: { PATH: process.env['PATH'], OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  let ended: string | undefined
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = String(code ?? signal)
      resolve(ended)
    })
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const find = (pattern: RegExp) =>
    until(
      () => pattern.exec(said)?.[1],
      () => ended && `it ended with ${ended}: ${said}`,
    )
  const url = await find(/serves MCP at (\S+)\n/)
  const base = await find(/health +(\S+)\/health /)
  await until(
    async () => (await fetch(`${base}/ready`)).status === 200 || undefined,
    () => ended,
  )
  return {
    url,
    metricsUrl: `${base}/metrics`,
    memory: (question) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(new Error(`the server ended with ${ended}: ${said}`))
        child.once('message', (memory) => resolve(memory as Memory))
        child.send(question)
      }),
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    },
    ended: () => ended && `${ended}: ${said}`,
    stop() {
      child.kill('SIGTERM')
      return exited
    },
  }
}

async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  failed: () => string | undefined,
): Promise<T> {
  for (let turn = 0; turn < 600; turn++) {
    const found = await look()
    if (found !== undefined) return found
    const reason = failed()
    if (reason !== undefined) throw new Error(reason)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the server was not ready within 30 s')
}
