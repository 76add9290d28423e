// A number of pods in, what it costs to diagnose their namespace and to watch their cluster out. Each round has processes of its
// own, so that none finds a warm cache or compiled code of the last.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { startChild } from './child.ts'

/** Times in milliseconds, memory in bytes. */
export type Figures = Readonly<
  Record<'diagnosis' | 'diagnosisMemory' | 'diagnosisStall' | 'sync' | 'syncMemory' | 'syncPeak' | 'syncStall', number>
>

/** @throws {Error} if a diagnosis did not see all of the namespace: a fast wrong answer is no result. */
export async function measureCluster(pods: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-bench-'))
  const cluster = startChild()
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    writeFileSync(kubeconfig, await cluster.ask('cluster', pods), { mode: 0o600 })
    return { ...(await diagnosis(kubeconfig, pods)), ...(await firstSync(kubeconfig)) }
  } finally {
    cluster.stop()
    rmSync(folder, { recursive: true })
  }
}

async function diagnosis(kubeconfig: string, pods: number) {
  const server = startChild()
  const client = new Client({ name: 'bench', version: '1.0.0' })
  try {
    const url = await server.ask('server', kubeconfig)
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Parameters<Client['connect']>[0])
    const diagnose = (namespace: string) =>
      client.callTool({ name: 'diagnose_namespace', arguments: { namespace } }, undefined, { timeout: 60_000 })
    // Connections and the client's code are there; none of the pods is.
    await diagnose('empty')
    const before = await server.ask('memory')
    await server.ask('watch')
    const startedAt = performance.now()
    const answer = await diagnose('load-0')
    const milliseconds = performance.now() - startedAt
    const stall = await server.ask('stall')
    const after = await server.ask('memory')
    const { pods_by_issue_type: byIssue = {} } = (answer.structuredContent ?? {}) as {
      pods_by_issue_type?: Readonly<Record<string, number>>
    }
    const seen = Object.values(byIssue).reduce((all, count) => all + count, 0)
    // Every twentieth pod crashes.
    if (seen !== pods || byIssue['crash_loop'] !== Math.ceil(pods / 20)) {
      throw new Error(`of ${pods} pods the diagnosis saw ${seen}: ${JSON.stringify(byIssue)}`)
    }
    return {
      diagnosis: milliseconds,
      diagnosisMemory: Math.max(0, after.most - before.now),
      diagnosisStall: stall.cpuMilliseconds,
    }
  } finally {
    await client.close().catch(() => {})
    server.stop()
  }
}

async function firstSync(kubeconfig: string) {
  const exporter = startChild()
  try {
    const sync = await exporter.ask('exporter', kubeconfig)
    const stall = await exporter.ask('stall')
    const { now, most } = await exporter.ask('memory')
    return { sync, syncMemory: now, syncPeak: most, syncStall: stall.cpuMilliseconds }
  } finally {
    exporter.stop()
  }
}
