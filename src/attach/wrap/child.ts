// Starts a server as a child process, hands signals on to it, and tells how it ended.
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import spawn from 'cross-spawn'

/** How a server ended. */
export interface ServerExit {
  /** 0 to 255; 128 and the number of the signal if one ended it, as shells say it. */
  readonly code: number
  readonly signal: NodeJS.Signals | undefined
}

export interface ServerProcess {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  /** Resolves when the process has ended; its output may not be read yet. */
  readonly exited: Promise<ServerExit>
}

/** The command could not be started. `exitCode` is the one that shells give: 127 if it was not found, else 126. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly exitCode: number

  constructor(command: string, code: string | undefined) {
    const isMissing = code === 'ENOENT'
    const why = isMissing ? 'command not found' : `cannot be started (${code ?? 'unknown reason'})`
    super(`${command}: ${why}`)
    this.exitCode = isMissing ? 127 : 126
  }
}

/** Numbers of the signals that end a process, where they are the same on Linux and macOS. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
}

/**
 * Starts the command with the environment, working directory and stderr of this process.
 *
 * @throws {StartError} (rejects) if there is no such command, or it cannot be executed.
 */
export function startServer(command: string, args: readonly string[]): Promise<ServerProcess> {
  const { promise, resolve, reject } = Promise.withResolvers<ServerProcess>()
  let child: ChildProcess
  try {
    child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  } catch (error) {
    return Promise.reject(new StartError(command, (error as NodeJS.ErrnoException).code))
  }
  child.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(command, error.code)))
  const { promise: exited, resolve: end } = Promise.withResolvers<ServerExit>()
  child.once('exit', (code, signal) =>
    end({ code: code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0), signal: signal ?? undefined }),
  )
  child.once('spawn', () => {
    const { pid, stdin, stdout } = child
    if (pid === undefined || stdin === null || stdout === null) return
    // Nothing is read before it can be measured: until then the pipe holds it.
    resolve({ pid, stdin, stdout, exited })
  })
  return promise
}

/** Signals that are handed on. Those of a terminal go to all of its foreground processes, and have arrived already. */
const HANDED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
const OF_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGHUP', 'SIGQUIT'])

export interface HandedOnSignals {
  /** Hands signals on to the process `pid`: those that have come, and those that come. */
  to(pid: number): void
  /** From now on a signal ends this process as it does without a handler. */
  release(): void
}

/**
 * Keeps signals from ending this process, and hands them on. Called before the server is started: a signal that came between its start
 * and this call would end this process and leave the server behind.
 */
export function handOnSignals(): HandedOnSignals {
  // On Windows a console's Ctrl-C reaches each process of the console, and there is no other signal.
  const signals = process.platform === 'win32' ? (['SIGINT', 'SIGHUP', 'SIGBREAK'] as const) : HANDED_ON
  const early: NodeJS.Signals[] = []
  let server: number | undefined
  const handle = (signal: NodeJS.Signals) => {
    if (process.platform === 'win32' || (OF_TERMINAL.has(signal) && isInForeground())) return
    if (server === undefined) return void early.push(signal)
    try {
      process.kill(server, signal)
    } catch {
      // It has ended.
    }
  }
  for (const signal of signals) process.on(signal, handle)
  return {
    to(pid) {
      server = pid
      for (const signal of early.splice(0)) handle(signal)
    },
    release() {
      for (const signal of signals) process.off(signal, handle)
    },
  }
}

/** Whether a terminal's Ctrl-C reaches this process and its children by itself. */
function isInForeground(): boolean {
  try {
    // proc(5), /proc/pid/stat: after the name in parentheses come state, ppid, pgrp, session, tty_nr, tpgid.
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    // Not Linux: a client starts servers without a terminal, a person with one.
    return process.stdin.isTTY === true || process.stderr.isTTY === true
  }
}

/** Ends this process as the server ended: with its exit code, or by its signal. */
export function endAs({ code, signal }: ServerExit): never {
  if (signal !== undefined && process.platform !== 'win32') {
    try {
      process.kill(process.pid, signal)
      // A signal that is delivered a moment later must find this process alive.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    } catch {
      // Its number is all that can be told.
    }
  }
  process.exit(code)
}
