// Starts a server of the start-up comparison in a process of its own and reads what it tells.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pinned } from '../pinned.ts'
import type { ContenderName } from '../worker.ts'

const ROOT = join(import.meta.dirname, '../..')
let isBuilt = false

/** Milliseconds from the start of the process until its server was ready, by the clock and of CPU, and megabytes half a second later. */
export async function startServer(contender: ContenderName): Promise<{ ms: number; cpu: number; megabytes: number }> {
  if (!isBuilt) build()
  isBuilt = true
  const [command = '', ...args] = pinned([process.execPath, join(import.meta.dirname, 'server.js'), contender])
  const env = {
    ...process.env,
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  }
  const { stderr } = await promisify(execFile)(command, args, { env })
  const told = /^ready (\S+) (\S+) (\S+)$/m.exec(stderr)
  if (told === null) throw new Error(`${contender} did not start: ${stderr}`)
  const [ms = 0, cpu = 0, megabytes = 0] = told.slice(1).map(Number)
  return { ms, cpu, megabytes }
}

/** The packages as they are published, which find each other in dist/node_modules. */
function build(): void {
  execFileSync(process.execPath, [join(ROOT, 'src/build-packages.ts')], { stdio: 'inherit' })
  const modules = join(ROOT, 'dist/node_modules')
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules, { recursive: true })
  for (const name of ['mcp-vitals', '@mcp-vitals']) symlinkSync(join(ROOT, 'dist', name), join(modules, name), 'dir')
}
