// Runs the programs as processes of their own. They end with the test file, by their id (not with their test: such tests run
// next to each other, and are mostly waiting).
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { waitFor } from './wait-for.ts'

/** The program mcp-vitals-server. */
export const CLI = fileURLToPath(new URL('../../../src/server/cli.ts', import.meta.url))
/** The program mcp-vitals. */
export const VITALS_CLI = fileURLToPath(new URL('../../../src/program/cli.ts', import.meta.url))

/** The program is started some hundred times, and most of a start is compiling. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))

const running = new Set<ChildProcessWithoutNullStreams>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams
  readonly stdout: () => string
  readonly stderr: () => string
  /** The exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>
}

/** Starts mcp-vitals-server. */
export function runCli(args: readonly string[], env: Record<string, string> = {}): RunningCli {
  return runNode([CLI, ...args], env)
}

/** Starts mcp-vitals. */
export function runVitals(args: readonly string[], env: Record<string, string> = {}): RunningCli {
  return runNode([VITALS_CLI, ...args], env)
}

/** Starts Node.js with these arguments. */
export function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, args, {
    env: { PATH, NODE_COMPILE_CACHE: COMPILED, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? String(signal)))
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return { child, stdout: () => stdout, stderr: () => stderr, exited }
}

export interface RunningServer extends RunningCli {
  readonly url: string
  readonly metricsUrl: string
}

/** `serve` over HTTP on free ports, once it has said where it is. */
export async function runServer(
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<RunningServer> {
  const cli = runCli(['serve', '--port', '0', ...args], env)
  const ended = cli.exited.then((code) => {
    throw new Error(`the server ended with ${code}: ${cli.stderr()}`)
  })
  ended.catch(() => {})
  const said = (pattern: RegExp) =>
    Promise.race([waitFor(() => pattern.exec(cli.stderr())?.[1], 15_000, String(pattern)), ended])
  const url = await said(/serves MCP at (\S+)\n/)
  const metricsUrl = (await said(/health +(\S+)\/health /)).concat('/metrics')
  return { ...cli, url, metricsUrl }
}
