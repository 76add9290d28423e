// Runs a program from its command line to its exit code: 0 after a clean stop, 1 after a failure, 2 for wrong options.
import { ConfigError } from '../telemetry/configuration/config-error.ts'

/** Writes one line to stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Writes to stdout and resolves to exit code 0 when the text is out. */
export function print(text: string): Promise<number> {
  process.stdout.on('error', () => {})
  return new Promise((resolve) => process.stdout.write(text, () => resolve(0)))
}

/** Runs `main` and ends the process with its exit code. An error is one line on stderr. */
export async function runProgram(name: string, main: () => Promise<number>): Promise<never> {
  // The parent process may have closed its end of stderr.
  process.stderr.on('error', () => {})
  try {
    process.exitCode = await main()
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = error instanceof ConfigError ? 2 : 1
  }
  // Exits explicitly, because a socket of another module may keep the process alive.
  process.exit()
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process immediately. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const ask = () => {
      if (asked) process.exit(1)
      asked = true
      resolve()
    }
    process.on('SIGTERM', ask)
    process.on('SIGINT', ask)
  })
}

/**
 * Listens from now on for what ends a server: a signal, an uncaught error, or the end of its only client. Returns a function that
 * resolves to the exit code when one of them happens. SIGHUP reads files again and ends nothing; SIGUSR1 does nothing.
 */
export function endOfProcess() {
  const stop = stopSignal()
  const broken = Promise.withResolvers<unknown>()
  // Without a listener, SIGHUP ends the process and SIGUSR1 opens Node's inspector to every user of the machine's loopback.
  let reload: () => unknown = () => {}
  process.on('SIGHUP', () => reload())
  process.on('SIGUSR1', () => {})
  process.on('uncaughtException', broken.resolve)
  process.on('unhandledRejection', broken.resolve)
  return (running: {
    readonly closed?: Promise<void>
    fatal(error: unknown): void
    reload?(): unknown
  }): Promise<number> => {
    const { closed, fatal } = running
    reload = () => running.reload?.()
    return Promise.race([
      stop.then(() => 0),
      ...(closed === undefined ? [] : [closed.then(() => 0)]),
      broken.promise.then((error) => {
        fatal(error)
        return 1
      }),
    ])
  }
}
