// Tests the reference server through the MCP Inspector: its command line lists every tool, finds no schema that a client cannot read,
// and calls each tool.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProxy } from '../support/programs/attached-program.ts'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { createProject } from '../support/programs/packed-package.ts'
import type { RunningServer } from '../support/programs/run-cli.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const INSPECTOR = { '@modelcontextprotocol/inspector': '2.12.0' }

let project: ScratchProject
let server: RunningServer
beforeAll(async () => {
  project = await createProject(INSPECTOR)
  server = await runServer(['--demo-tools', '--allow-remediation', '*@*'])
})
afterAll(() => {
  server?.child.kill('SIGTERM')
  project?.remove()
})

const run = promisify(execFile)

function inspect(...args: readonly string[]) {
  return inspectAt(server.url, ...args)
}

async function inspectAt(url: string, ...args: readonly string[]) {
  const program = join(project.folder, 'node_modules', '.bin', 'mcp-inspector')
  const { PATH = '' } = process.env
  const env = { PATH, HOME: project.folder }
  const target = ['--cli', url, '--transport', 'http']
  const { stdout, stderr } = await run(program, [...target, ...args], { env, timeout: 60_000 })
  return { answer: JSON.parse(stdout) as Answer, stderr }
}

interface Answer {
  readonly tools: readonly { readonly name: string }[]
  readonly isError?: boolean
  readonly structuredContent: Readonly<Record<string, unknown>>
}

async function call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Answer['structuredContent']> {
  const pairs = Object.entries(args).map(([key, value]) => `${key}=${String(value)}`)
  const options = pairs.length === 0 ? [] : ['--tool-arg', ...pairs]
  const { answer } = await inspect('--method', 'tools/call', '--tool-name', tool, ...options)
  expect(answer.isError ?? false, tool).toBe(false)
  return answer.structuredContent
}

describe('MCP Inspector', () => {
  it('lists all tools, and reports no schema that some client cannot read', async () => {
    const { answer, stderr } = await inspect('--method', 'tools/list', '--strict')

    expect(answer.tools.length).toBeGreaterThan(18)
    expect(stderr).not.toMatch(/warning|error/i)
  })

  it('does the same through mcp-vitals proxy, which counts its call', async () => {
    const proxy = await runProxy(server.url)
    const { answer } = await inspectAt(proxy.url, '--method', 'tools/list')
    expect(answer.tools.length).toBeGreaterThan(18)
    await inspectAt(proxy.url, '--method', 'tools/call', '--tool-name', 'hello_world', '--tool-arg', 'name=Ada')

    const series = await proxy.series()
    expect(series.get('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(1)
  })

  it('calls each of them', async () => {
    const { pods = [] } = (await call('list_pods', { namespace: 'shop' })) as { pods?: { name: string }[] }
    const pod = pods.find(({ name }) => name.startsWith('web-'))?.name ?? ''
    const web = { namespace: 'shop', name: 'web' }
    const calls: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      hello_world: { name: 'Ada', language: 'fr' },
      get_pod: { namespace: 'shop', name: pod },
      list_events: { type: 'Warning' },
      get_logs: { namespace: 'shop', pod, tail_lines: 5 },
      list_workloads: { only_unhealthy: true },
      get_workload: { kind: 'Deployment', ...web },
      list_nodes: {},
      list_namespaces: {},
      diagnose_pod: { namespace: 'shop', name: pod },
      diagnose_workload: { kind: 'Deployment', ...web },
      diagnose_namespace: { namespace: 'shop' },
      demo_slow: { seconds: 0.1 },
      plan_restart: { kind: 'StatefulSet', namespace: 'data', name: 'postgres' },
      plan_rollback: { namespace: 'shop', name: 'cart' },
      plan_delete_pod: { namespace: 'shop', name: pod },
    }
    for (const [tool, args] of Object.entries(calls)) expect(await call(tool, args), tool).toBeTypeOf('object')
    const { confirmation } = await call('plan_scale', { kind: 'Deployment', ...web, replicas: 4 })
    const applied = await call('apply_remediation', {
      action: 'scale',
      kind: 'Deployment',
      ...web,
      replicas: 4,
      confirmation,
    })
    expect(applied).toMatchObject({ outcome: 'verified' })

    const { answer } = await inspect('--method', 'tools/list')
    const called = new Set([...Object.keys(calls), 'list_pods', 'plan_scale', 'apply_remediation'])
    // This one is meant to fail.
    expect(answer.tools.map(({ name }) => name).filter((name) => !called.has(name))).toEqual(['demo_fail'])
    const clients = [...(await scrapeSeries(server.metricsUrl)).keys()].filter((key) =>
      /^mcp_client_requests/.test(key),
    )
    expect(clients.length).toBeGreaterThan(0)
    expect(clients.filter((key) => !key.includes('client_name="inspector-cli"'))).toEqual([])
  })
})
