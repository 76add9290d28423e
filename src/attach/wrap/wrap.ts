// Runs a stdio server, in whatever language, as if nothing stood between it and its client, and measures what passes.
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import type { Writable } from 'node:stream'
import { instruments } from '@mcp-vitals/instrumentation'
import { watchConnection } from '@mcp-vitals/instrumentation/wire'
import type { ServerExit, ServerProcess } from './child.ts'
import { handOnSignals, startServer } from './child.ts'
import { forwardToServer } from './client-to-server.ts'
import type { ObservationQueue } from './observation-queue.ts'
import { createObservationQueue } from './observation-queue.ts'
import { createObserver } from './observer.ts'
import { createOwnList } from './own-list.ts'
import { forwardToClient } from './server-to-client.ts'
import { serviceNameOf } from './service-name.ts'
import { startWrapTelemetry } from './wrap-telemetry.ts'
import { createWrappedServer } from './wrapped-server.ts'

export interface WrapOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Undefined: what the environment says, else the name of the package or command. */
  readonly serviceName: string | undefined
  /** Serves /metrics on this port of the loopback interface as well. */
  readonly metricsPort: number | undefined
  /** Sends no request of its own. */
  readonly noList: boolean
  /** Writes one line for the person who runs it. */
  readonly say: (line: string) => void
}

/** The last metrics are pushed within this time, or lost. */
const LAST_PUSH_MS = 500
/** Output that a process left in its pipe is read until nothing more comes for so long: a grandchild may hold the pipe open. */
const QUIET_MS = 200

/**
 * Runs the server from its start to its end. Resolves to how it ended, once all of its output has been handed on.
 *
 * @throws {StartError} (rejects) if the command cannot be started.
 */
export async function wrap(options: WrapOptions): Promise<ServerExit> {
  const { command, args, say } = options
  const startedAt = performance.now()
  const signals = handOnSignals()
  const child = await startServer(command, args).catch((error: unknown) => {
    signals.release()
    throw error
  })
  signals.to(child.pid)
  let isRunning = true
  const exited = child.exited.then((exit) => {
    isRunning = false
    return exit
  })
  const queue = createObservationQueue()
  const telemetry = await startWrapTelemetry({
    ...options,
    beforeCollection: queue.flush,
    fallbackName: serviceNameOf(command, args),
    pid: () => (isRunning ? child.pid : undefined),
  }).catch((error: unknown) => {
    // Telemetry never takes a server down.
    say(`the server is not measured: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  })
  if (options.metricsPort !== undefined && telemetry?.metricsUrl !== undefined)
    say(`metrics at ${telemetry.metricsUrl}`)
  // A first exit is then seen as an increase.
  for (const code of [0, 1]) instruments.serverExits.record(0, { 'exit.code': code })
  instruments.strayLines.record(0)

  const closed = attach(child, { ...options, queue, startedAt })
  const exit = await exited
  await closed(QUIET_MS)
  instruments.serverExits.record(1, { 'exit.code': exit.code, signal: exit.signal })
  // The server has ended, so a signal ends this process at once.
  signals.release()
  if (telemetry !== undefined) await within(LAST_PUSH_MS, telemetry.shutdown())
  return exit
}

interface Attaching {
  readonly noList: boolean
  readonly queue: ObservationQueue
  readonly startedAt: number
}

/** Connects the streams. Returns what waits for the rest of the output once the server has ended. */
function attach(
  { pid, stdin, stdout }: ServerProcess,
  { noList, queue, startedAt }: Attaching,
): (quietMs: number) => Promise<void> {
  const server = createWrappedServer()
  const watcher = watchConnection({ network: { networkTransport: 'pipe' } }, server)
  const list = createOwnList({
    off: noList,
    instance: pid,
    isListed: server.isListed,
    learn(result, cursor) {
      server.listed('tools/list', result)
      server.definitions.learned(cursor, result)
      setImmediate(observer.catchUp)
    },
  })
  const observer = createObserver({ watcher, server, list, startedAt })
  process.stdin.once('close', closeInput)
  const toServer = forwardToServer(process.stdin, stdin, { list, queue, observe: observer.fromClient })
  const toClient = forwardToClient(stdout, process.stdout, { list, queue, observe: observer.fromServer })
  void toServer.then(() => {
    list.stop()
    stdin.end()
  })
  let lastAt = performance.now()
  stdout.on('data', () => {
    lastAt = performance.now()
  })
  return async (quietMs) => {
    const quiet = new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (stdout.isPaused() || performance.now() - lastAt < quietMs) return
        clearInterval(timer)
        resolve()
      }, quietMs / 4)
      void toClient.then(() => clearInterval(timer))
    })
    lastAt = performance.now()
    await Promise.race([toClient, quiet])
    await drained(process.stdout)
    process.stdin.destroy()
    queue.flush()
    observer.closed()
  }
}

/** Node.js leaves the descriptors of standard streams open when it closes them, and the client would go on writing to nobody. */
function closeInput(): void {
  try {
    closeSync(0)
    // Takes its number, which would otherwise become that of the next connection.
    openSync(devNull, 'r')
  } catch {
    // It was closed from the start.
  }
}

/** Resolves when the reader has taken all that was written, or has gone. */
function drained(stream: Writable): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    stream.once('drain', resolve)
    stream.once('close', resolve)
    stream.once('error', () => resolve())
    stream.write('', () => resolve())
  })
}

function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms))])
}
