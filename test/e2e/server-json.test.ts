// Tests that what server.json tells clients to start is a server that answers.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { runCli } from '../support/programs/run-cli.ts'

interface Package {
  readonly registryType: string
  readonly packageArguments: readonly { readonly type: string; readonly name?: string; readonly value: string }[]
}

const { packages } = JSON.parse(readFileSync('server.json', 'utf8')) as { packages: readonly Package[] }

/** Of the image, as its Dockerfile sets it. */
const IMAGE_ENVIRONMENT = Object.fromEntries(
  [...readFileSync('Dockerfile', 'utf8').matchAll(/^[ ]+(MCP_VITALS_\w+|OTEL_\w+_HOST)=(\S+)/gm)].map(
    ([, name = '', value = '']) => [name, value],
  ),
)

describe('server.json', () => {
  it.each(packages)('starts a server that answers on stdio from the package of $registryType', async (each) => {
    const args = each.packageArguments.map(({ name, value }) => (name === undefined ? value : `${name}=${value}`))
    const cli = runCli(args, {
      KUBECONFIG: kubeconfig(),
      ...(each.registryType === 'oci' && IMAGE_ENVIRONMENT),
    })
    const session = stdioSession(cli.child)
    await openSession(session)
    const { result } = await session.ask('tools/list')

    expect(result).toMatchObject({
      tools: expect.arrayContaining([expect.objectContaining({ name: 'diagnose_namespace' })]),
    })
    cli.child.stdin.end()
    expect(await cli.exited).toBe(0)
  })
})

/** Of a cluster that nobody calls. */
function kubeconfig(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-kubeconfig-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'config')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}
