// A server's URL in, what the MCP conformance suite found out: the suite runs as its own process, and is ended if it does
// not end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** One finding, as the suite writes it. */
export interface Check {
  readonly scenario: string
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING'
  readonly errorMessage?: string
  readonly details?: Readonly<Record<string, unknown>>
}

const script = fileURLToPath(
  new URL('../../../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
)
const TIMEOUT_MS = 60_000

/** Runs every scenario for servers, those that the suite calls pending as well. */
export async function runConformanceSuite(url: string): Promise<{ exitCode: number; output: string; checks: Check[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-conformance-'))
  try {
    const suite = spawn(process.execPath, [script, 'server', '--url', url, '--suite', 'all', '--output-dir', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    const [output, [exitCode, signal]] = await Promise.all([text(suite.stdout), once(suite, 'exit')])
    if (exitCode === null) throw new Error(`the suite ended by ${signal}:\n${output}`)
    return { exitCode, output, checks: await readChecks(folder) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function readChecks(folder: string): Promise<Check[]> {
  const checks: Check[] = []
  // One folder a scenario, `server-<scenario>-<time>`.
  for (const name of (await readdir(folder)).sort()) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
    const found = JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8'))
    // What is only information is a log of the traffic, and no finding.
    for (const check of found) if (check.status !== 'INFO') checks.push({ scenario, ...check })
  }
  return checks
}
