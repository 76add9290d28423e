// Tests the tools that can change a cluster, as a client calls them.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deployment } from '../../../../../src/server/simulated/scenarios/manifests.ts'
import { clientOfTools } from '../../../../support/clients/client-of-tools.ts'
import { CANARIES, CANARY_CLUSTER, formsOf } from '../../../../support/cluster/canary-cluster.ts'
import type { TestClusterOptions } from '../../../../support/cluster/test-cluster.ts'
import { startTestCluster } from '../../../../support/cluster/test-cluster.ts'
import { toolsOfCluster } from '../../../../support/servers/tools-of-cluster.ts'
import { recordSeries } from '../../../../support/telemetry/recorded-series.ts'

const MUTATING = ['plan_restart', 'plan_scale', 'plan_rollback', 'plan_delete_pod', 'apply_remediation'] as const

async function startClient(allowed: readonly string[], options: TestClusterOptions = {}) {
  const series = recordSeries()
  const cluster = await startTestCluster(options)
  // Verification gets a share of it, which includes 10 s of settling.
  const deadlineMs = 30_000
  const tools = toolsOfCluster(cluster.api, { allowed, deadlineMs })
  const { client, lines, call: ask } = await clientOfTools(tools, { deadlineMs })
  const call = (name: string, args: object) => ask(name, args, { timeout: 40_000 })
  const names = async () => (await client.listTools()).tools.map(({ name }) => name)
  /** Returns the API operations that are neither reads nor access reviews. */
  const writes = async () =>
    [...(await series.all())].filter(
      ([name, value]) =>
        name.startsWith('mcp_kubernetes_operations_total') &&
        value > 0 &&
        !/operation="(get|list|watch|log|review)"/.test(name),
    )
  return { cluster, client, call, names, writes, series, lines }
}

/** Valid arguments of each tool. */
const GOOD: Record<(typeof MUTATING)[number], Record<string, unknown>> = {
  plan_restart: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  plan_scale: { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 1 },
  plan_rollback: { namespace: 'shop', name: 'cart' },
  plan_delete_pod: { namespace: 'shop', name: 'web-0' },
  apply_remediation: {
    action: 'restart',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    confirmation: 'a'.repeat(48),
  },
}

const HOSTILE = [
  'web; rm -rf /',
  'web|id',
  '$(id)',
  '`id`',
  '-n',
  '--kubeconfig=/etc/passwd',
  '../secrets/cart-database',
  'web/../../secrets/x',
  'web%2f..%2f',
  'web\r\nX-Evil: 1',
  'web\u0000',
  'web?dryRun=',
  'w'.repeat(10_000),
  '',
]

describe('the remediation toolset', () => {
  describe('when no remediation is allowed', () => {
    it('lists no mutating tool, and sends only reads when one is called anyway', async () => {
      const { names, call, writes } = await startClient([])
      const listed = await names()
      expect(listed).toContain('diagnose_namespace')
      expect(listed.filter((name) => (MUTATING as readonly string[]).includes(name))).toEqual([])

      for (const name of MUTATING) expect(await call(name, GOOD[name]), name).toMatchObject({ isError: true })

      expect(await writes()).toEqual([])
    })

    it('exposes all 20 remediation series at 0', async () => {
      const { series } = await startClient([])
      const remediations = [...(await series.all())].filter(([name]) =>
        name.startsWith('mcp_remediation_actions_total'),
      )

      expect(remediations).toHaveLength(20)
      expect(remediations.every(([, value]) => value === 0)).toBe(true)
    })
  })

  describe('when one action is allowed in one namespace', () => {
    it('lists only the tools of that action, and sends only reads when called for another namespace', async () => {
      const { names, call, writes } = await startClient(['restart@data'])
      expect((await names()).filter((name) => (MUTATING as readonly string[]).includes(name))).toEqual([
        'plan_restart',
        'apply_remediation',
      ])

      for (const name of MUTATING) expect(await call(name, GOOD[name]), name).toMatchObject({ isError: true })

      expect(await writes()).toEqual([])
    })
  })

  it('heals a crashing release with a plan and its confirmation, and the next diagnosis is healthy', async () => {
    const { call, names } = await startClient(['rollback@shop'])
    const of = { namespace: 'shop', name: 'cart' }
    expect(await names()).toContain('plan_rollback')
    expect((await call('diagnose_workload', { kind: 'Deployment', ...of })).structured).toMatchObject({
      healthy: false,
    })

    const planned = await call('plan_rollback', of)
    expect(planned.structured).toMatchObject({
      outcome: 'planned',
      action: 'rollback',
      issues: ['crash_loop', 'rollout_stuck'],
    })
    expect(planned.text).toContain('Planned, nothing is changed yet')
    expect(planned.text).toContain('cart:2.5.0 -> registry.shop.example/cart:2.4.0')
    const { confirmation } = planned.structured
    const applied = await call('apply_remediation', { action: 'rollback', kind: 'Deployment', ...of, confirmation })

    expect(applied.structured).toMatchObject({ success: true, outcome: 'verified', issues: [] })
    expect(applied.text).toContain('it helped')
    expect((await call('diagnose_workload', { kind: 'Deployment', ...of })).structured).toMatchObject({ healthy: true })
  }, 60_000)

  it('marks only apply_remediation as destructive, and the plans as read-only', async () => {
    const { client } = await startClient(['*@*'])
    const { tools } = await client.listTools()

    const hints = tools.filter(({ name }) => (MUTATING as readonly string[]).includes(name))
    expect(hints).toHaveLength(5)
    for (const { name, annotations } of hints) {
      expect(annotations, name).toMatchObject({ readOnlyHint: name !== 'apply_remediation' })
      expect(annotations?.destructiveHint, name).toBe(name === 'apply_remediation')
    }
  })

  it.each(HOSTILE.map((text) => [text.slice(0, 30), text]))(
    'rejects an argument such as %j as invalid, and changes nothing',
    async (_, text) => {
      const { call, cluster } = await startClient(['*@*'])
      const before = cluster.store.list('deployments').map(({ metadata }) => metadata.resourceVersion)

      for (const name of MUTATING) {
        for (const key of Object.keys(GOOD[name]).filter((one) => typeof GOOD[name][one] === 'string')) {
          const answer = await call(name, { ...GOOD[name], [key]: text })
          expect(answer.isError, `${name} ${key}`).toBe(true)
          expect(answer.text, `${name} ${key}`).toMatch(/-32602|validation/i)
        }
      }

      expect(cluster.store.list('deployments').map(({ metadata }) => metadata.resourceVersion)).toEqual(before)
    },
  )

  it('reveals no secret in a plan, its log lines or its metrics', async () => {
    const later = deployment('vault', 'vault', {
      image: 'registry.example/vault:2',
      args: ['--verbose'],
      env: [{ name: 'PLAIN', value: 'harmless' }],
    })
    const scenario = { ...CANARY_CLUSTER, steps: [...CANARY_CLUSTER.steps, { ago: '5m', apply: [later] }] }
    const { call, lines, series } = await startClient(['*@*'], { scenario })

    const planned = await call('plan_rollback', { namespace: 'vault', name: 'vault' })

    expect(planned.isError).toBe(false)
    const paths = (planned.structured['changes'] as { path: string }[]).map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'spec.template.spec.containers[name=vault].env[name=PLAIN].value',
        'spec.template.spec.containers[name=vault].args[0]',
        'spec.template.spec.containers[name=vault].image',
      ]),
    )
    const told = [JSON.stringify(planned), ...lines, [...(await series.all()).keys()].join('\n')].join('\n')
    for (const canary of Object.values(CANARIES)) {
      for (const form of formsOf(canary)) expect(told).not.toContain(form)
    }
  })

  it('logs no confirmation', async () => {
    const { call, lines } = await startClient(['restart@shop'])
    const { structured } = await call('plan_restart', { ...GOOD.plan_restart })
    await call('apply_remediation', {
      ...GOOD.apply_remediation,
      name: 'search',
      confirmation: structured['confirmation'],
    })

    expect(lines.join('\n')).toContain('apply_remediation')
    expect(lines.join('\n')).not.toContain(structured['confirmation'])
  })
})

describe('src/**/*.ts', () => {
  it('does not use child_process', () => {
    const sources = globSync('src/{server,telemetry,instrumentation,program,command-line}/**/*.ts').map(
      (file) => [file, readFileSync(file, 'utf8')] as const,
    )

    expect(sources.length).toBeGreaterThan(100)
    expect(sources.filter(([, text]) => text.includes('child_process')).map(([file]) => file)).toEqual([])
  })
})
