// Starts outcome-process.ts and a client of it.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const script = new URL('./outcome-process.ts', import.meta.url).pathname
const env = { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' } as Record<string, string>

type Kinds = 'outcomes' | 'tasks'

export interface OutcomeProcess {
  readonly client: Client
  readonly metricsUrl: string
  /** Resolves with the number of unhandled rejections, where the process tells it. */
  stop(): Promise<number>
}

export async function overStdio(kinds: Kinds): Promise<OutcomeProcess> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, 'stdio', kinds],
    env,
    stderr: 'pipe',
  })
  const client = new Client({ name: 'claude-code', version: '1' })
  const told = firstJson(transport.stderr as unknown as NodeJS.ReadableStream)
  await client.connect(transport)
  const stop = async () => {
    await client.close()
    return 0
  }
  return { client, metricsUrl: (await told).metricsUrl, stop }
}

export async function overHttp(kinds: Kinds): Promise<OutcomeProcess> {
  const args = [script, 'http', kinds]
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'pipe'] })
  const { url, metricsUrl } = await firstJson(child.stderr as NodeJS.ReadableStream)
  const client = new Client({ name: 'claude-code', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  const stop = async () => {
    await client.close()
    child.kill('SIGTERM')
    return (await once(child, 'exit'))[0] as number
  }
  return { client, metricsUrl, stop }
}

async function firstJson(stderr: NodeJS.ReadableStream): Promise<{ metricsUrl: string; url: string }> {
  for await (const line of createInterface({ input: stderr }))
    if (line.startsWith('{"metricsUrl"')) return JSON.parse(line)
  throw new Error('the server said nothing')
}
