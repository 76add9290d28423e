// Runs a third-party server as a process: JSON-RPC messages on stdin and stdout, and a look at everything else that it writes.
import { spawn } from 'node:child_process'
import { waitFor } from '../../programs/wait-for.ts'
import type { Start } from './subject.ts'

export interface ServerProcess {
  write(message: object): void
  /** Closes stdin. */
  end(): void
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
  onMessage(listener: (message: Message) => void): void
  /** Lines on stdout that are not JSON-RPC. */
  readonly strayLines: readonly string[]
  stderr(): string
  readonly exited: Promise<void>
  /** Resolves to the address of /metrics once the server has reported it, or answers there if it was given the port. */
  metricsUrl(): Promise<string>
}

export interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number | string
  readonly method?: string
}

const running = new Set<ServerProcess>()

/** Ends every server that still runs. */
export function killServers(): void {
  for (const server of running) server.kill('SIGKILL')
}

export function startServer(folder: string, { args, env = {} }: Start): ServerProcess {
  const { PATH = '' } = process.env
  const port = env['OTEL_EXPORTER_PROMETHEUS_PORT']
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH, HOME: folder, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
  })
  const listeners: ((message: Message) => void)[] = []
  const strayLines: string[] = []
  const lines = splitLines((line) => {
    const message = messageIn(line)
    if (message === undefined) strayLines.push(line)
    else for (const listener of listeners) listener(message)
  })
  child.stdout.setEncoding('utf8').on('data', lines)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(server)
      resolve()
    })
  })
  const server: ServerProcess = {
    write: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    end: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    onMessage: (listener) => void listeners.push(listener),
    strayLines,
    stderr: () => stderr,
    exited,
    metricsUrl: () =>
      Promise.race([
        port === undefined
          ? waitFor(
              () => /(?:^|metrics at )(http:\S+\/metrics)$/m.exec(stderr)?.[1],
              20_000,
              'the address of /metrics on stderr',
            )
          : answering(`http://127.0.0.1:${port}/metrics`),
        exited.then(() => Promise.reject(new Error(`the server has exited:\n${stderr}`))),
      ]),
  }
  running.add(server)
  return server
}

async function answering(url: string): Promise<string> {
  await waitFor(
    () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    20_000,
    `an answer at ${url}`,
  )
  return url
}

function splitLines(take: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') take(line)
  }
}

function messageIn(line: string): Message | undefined {
  try {
    const parsed = JSON.parse(line) as Partial<Message> | null
    return parsed?.jsonrpc === '2.0' ? (parsed as Message) : undefined
  } catch {
    return undefined
  }
}
