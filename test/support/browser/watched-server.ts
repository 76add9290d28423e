// A server with a live page, and traffic when it is asked for.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { RunningServer } from '../programs/run-cli.ts'
import { runCli, runVitals } from '../programs/run-cli.ts'
import { waitFor } from '../programs/wait-for.ts'

export interface WatchedServer extends RunningServer {
  /** With the launch token. */
  readonly pageUrl: string
}

/** On a busy machine. */
const START_MS = 60_000

const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-page-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

export async function watchedServer(
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<WatchedServer> {
  const cli = runCli(['serve', '--port', '0', '--demo-tools', ...args], { XDG_RUNTIME_DIR: folder, ...env })
  const said = (pattern: RegExp) => waitFor(() => pattern.exec(cli.stderr())?.[1], START_MS, `${pattern} on stderr`)
  return {
    ...cli,
    url: await said(/serves MCP at (\S+)\n/),
    pageUrl: await said(/page +(\S+)\n/),
    metricsUrl: await said(/metrics +(\S+)\n/),
  }
}

/** Calls the server until the returned function is called. */
export function traffic(url: string, rate = 10): () => Promise<unknown> {
  const { child, exited } = runVitals(['traffic', '--url', url, '--rate', String(rate)])
  return () => {
    child.kill('SIGINT')
    return exited
  }
}
