// Tests each package installed alone in an empty project: how much that installs, and that its program runs.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import type { PackageName, ScratchProject } from '../support/programs/packed-package.ts'
import { createProject, installedCopies, PACKAGE_NAMES, tarballsOf } from '../support/programs/packed-package.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const packages = inject('packages')

/** Packages in node_modules, the API of OpenTelemetry and the package itself included, and MB by `du`. */
const BUDGETS: Readonly<Partial<Record<PackageName, { packages: number; megabytes: number }>>> = {
  '@mcp-vitals/instrumentation': { packages: 2, megabytes: 3 },
  'mcp-vitals': { packages: 95, megabytes: 50 },
}

let projects: Readonly<Record<PackageName, ScratchProject>>
beforeAll(async () => {
  const created = PACKAGE_NAMES.map(async (name) => [name, await createProject(tarballsOf(packages, name))])
  projects = Object.fromEntries(await Promise.all(created))
})
afterAll(() => {
  for (const project of Object.values(projects ?? {})) project.remove()
})

describe.each(PACKAGE_NAMES)('%s, installed alone', (name) => {
  it('stays within its budget', () => {
    const found = {
      packages: installedCopies(projects[name], '*').length,
      megabytes: Number.parseInt(
        execFileSync('du', ['-sm', join(projects[name].folder, 'node_modules')], { encoding: 'utf8' }),
        10,
      ),
    }
    console.log(`${name}: ${found.packages} packages, ${found.megabytes} MB in node_modules`)
    const budget = BUDGETS[name] ?? { packages: Number.POSITIVE_INFINITY, megabytes: Number.POSITIVE_INFINITY }

    expect(found.packages).toBeGreaterThan(1)
    expect(found.packages).toBeLessThanOrEqual(budget.packages)
    expect(found.megabytes).toBeLessThanOrEqual(budget.megabytes)
  })

  it('installs one copy of the OpenTelemetry API and SDK', () => {
    // A second copy of either knows nothing of the first: measurements reach no reader.
    const sdk = name === '@mcp-vitals/instrumentation' ? [] : ['node_modules/@opentelemetry/sdk-metrics']
    expect(installedCopies(projects[name], '@opentelemetry/api')).toEqual(['node_modules/@opentelemetry/api'])
    expect(installedCopies(projects[name], '@opentelemetry/sdk-metrics')).toEqual(sdk)
  })
})

describe.each(['mcp-vitals', 'mcp-vitals-server'] as const)('npx %s', (program) => {
  it('prints its version', async () => {
    const printed = await projects[program].run('npx', program, '--version')
    expect(printed.trim()).toBe(packages[program].manifest.version)
  })
})

describe('npx mcp-vitals serve', () => {
  it('exits with 2 and names the program that serves', async () => {
    const run = projects['mcp-vitals'].run('npx', 'mcp-vitals', 'serve')
    await expect(run).rejects.toThrow(/ended with 2:[\s\S]*mcp-vitals-server/)
  })
})

describe('installed mcp-vitals-server', () => {
  it('serves the traffic of npx mcp-vitals until SIGTERM', async () => {
    const { child, url, metricsUrl, exited } = await startServer()
    const exposed = async () => (await fetch(metricsUrl)).text()
    const idle = await exposed()
    expect(idle).toContain('mcp_server_info{')
    expect(idle).toContain('mcp_tool_calls_total{status="success",tool_name="hello_world"} 0')

    await projects['mcp-vitals'].run('npx', 'mcp-vitals', 'traffic', '--url', url, '--duration', '1', '--rate', '20')

    expect(await exposed()).toMatch(/^mcp_tool_calls_total\{status="success",tool_name="hello_world"\} [1-9]/m)
    child.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
  })
})

async function startServer() {
  const program = join(projects['mcp-vitals-server'].folder, 'node_modules', '.bin', 'mcp-vitals-server')
  const child = spawn(process.execPath, [program, '--port', '0'], {
    env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const url = await waitFor(() => /serves MCP at (\S+)\n/.exec(printed)?.[1], 20_000, 'the URL of the server')
  const metricsUrl = await waitFor(() => /metrics +(\S+)\n/.exec(printed)?.[1], 20_000, 'the URL of its metrics')
  return { child, url, metricsUrl, exited }
}
