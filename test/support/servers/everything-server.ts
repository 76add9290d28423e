// Variables in, test/support/everything-process.ts running with them out.
import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../programs/wait-for.ts'

export interface EverythingServer {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly url: string
  /** Host and port that a Prometheus may scrape; undefined where it only pushes. */
  readonly scraped: string | undefined
  stderr(): string
  stop(): Promise<void>
}

export async function startEverything(
  env: Readonly<Record<string, string>>,
  ...args: readonly 'calls-only'[]
): Promise<EverythingServer> {
  const { PATH = '' } = process.env
  const script = fileURLToPath(new URL('everything-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const line = await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${stderr}`)
      return /^\{.*\}$/m.exec(stdout)?.[0]
    },
    20_000,
    'the server being there',
  )
  const { url, metricsUrl } = JSON.parse(line) as { url: string; metricsUrl?: string }
  return {
    child,
    url,
    scraped: metricsUrl === undefined ? undefined : new URL(metricsUrl).host,
    stderr: () => stderr,
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
