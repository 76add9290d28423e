import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError } from '../../../../src/index.ts'
import type { ClusterChoice } from '../../../../src/server/kubernetes/connect-cluster.ts'
import { connectCluster } from '../../../../src/server/kubernetes/connect-cluster.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

async function kubeconfigs() {
  const { kubeConfig, url } = await startTestCluster({ controllers: false })
  const path = folder()
  const good = join(path, 'good')
  writeFileSync(good, kubeConfig.exportConfig())
  const other = join(path, 'other')
  writeFileSync(
    other,
    kubeConfig
      .exportConfig()
      .replaceAll('loaded-context', 'other')
      .replaceAll('"simulated"', '"elsewhere"')
      .replaceAll('"mcp-vitals"', '"somebody"')
      .replace(url, 'http://127.0.0.1:9'),
  )
  return { good, other, path }
}

async function connect(choice: Partial<ClusterChoice>) {
  const cluster = await connectCluster({
    cluster: 'kubeconfig',
    kubeconfig: '',
    context: '',
    environment: {},
    ...choice,
  })
  onTestFinished(() => cluster.stop())
  return cluster
}

async function faultsOf(choice: Partial<ClusterChoice>): Promise<readonly string[]> {
  const error = await connect(choice).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw error
  return error.faults
}

describe('connectCluster', () => {
  it('connects to a simulated cluster without any other option', async () => {
    const { api, name } = await connect({ cluster: 'simulated' })

    expect(name).toBe('simulated')
    expect((await api.list('pods', { namespace: 'shop' })).items.length).toBeGreaterThan(5)
  })

  it('reads the option, all files in KUBECONFIG or ~/.kube/config, and selects a context', async () => {
    const { good, other, path } = await kubeconfigs()

    await (await connect({ kubeconfig: good })).api.ready()
    const merged = await connect({ environment: { KUBECONFIG: `${good}:${other}:${path}/missing` } })
    expect(merged.name).toBe('loaded-context')
    await merged.api.ready()
    const named = await connect({ environment: { KUBECONFIG: `${good}:${other}` }, context: 'other' })
    expect(named.name).toBe('other')
    await expect(named.api.ready()).rejects.toMatchObject({ kind: 'unavailable' })
    expect(await faultsOf({ environment: { HOME: path } })).toEqual([expect.stringContaining('~/.kube/config')])
  })

  it('rejects an invalid choice with a ConfigError, and shows no secret of the kubeconfig', async () => {
    const { good, path } = await kubeconfigs()
    const broken = join(path, 'broken')
    writeFileSync(broken, 'users: [{name: x, user: {token: s3cret')

    expect(await faultsOf({ kubeconfig: join(path, 'nowhere') })).toEqual([expect.stringContaining('nowhere')])
    expect(await faultsOf({ kubeconfig: good, context: 'missing' })).toEqual([
      '--context: unknown context "missing" (known: loaded-context)',
    ])
    expect(await faultsOf({ cluster: 'in-cluster' })).toEqual([expect.stringContaining('KUBERNETES_SERVICE_HOST')])
    const [fault] = await faultsOf({ kubeconfig: broken })
    expect(fault).toContain('is not a kubeconfig')
    expect(fault).not.toContain('s3cret')
  })
})
