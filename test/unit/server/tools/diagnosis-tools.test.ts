// Tests the diagnosis tools as a client calls them, on a cluster in memory.
import { beforeEach, describe, expect, it } from 'vitest'
import { ToolError } from '../../../../src/index.ts'
import { createIssueTracker } from '../../../../src/server/kubernetes/issue-tracker.ts'
import { diagnosisTools } from '../../../../src/server/tools/diagnosis-tools.ts'
import { clientOfTools } from '../../../support/clients/client-of-tools.ts'
import type { ApiObject } from '../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, issueFixtures } from '../../../support/cluster/issue-fixtures.ts'
import { memoryReader } from '../../../support/cluster/memory-reader.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const NAMESPACE: ApiObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'shop' } }
const POD = 'web-6d9c7b8f5d-x7k2p'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

const clientOf = (reader: Parameters<typeof diagnosisTools>[0]) =>
  clientOfTools(
    diagnosisTools(reader, createIssueTracker(), () => FIXTURE_NOW),
    { deadlineMs: 10_000 },
  )

/** Returns the objects of a fixture `count` times, as pods of one owner with different names and uids. */
function copies(name: string, count: number): readonly ApiObject[] {
  const { objects } = issueFixture(name)
  const { uid = '' } = objects[0]?.metadata ?? {}
  return Array.from({ length: count }, (_, index) =>
    objects.map((object) => {
      const text = JSON.stringify(object)
        .replaceAll(uid, `${name}-${index}`)
        .replaceAll(POD, `web-${name.replaceAll('_', '-')}-${index}`)
      return JSON.parse(text) as ApiObject
    }),
  ).flat()
}

describe('diagnosisTools', () => {
  it('lists three read-only tools, with schemas and a description of when to use them', async () => {
    const { client } = await clientOf(memoryReader([]))
    const { tools } = await client.listTools()

    expect(tools.map(({ name }) => name)).toEqual(['diagnose_pod', 'diagnose_workload', 'diagnose_namespace'])
    for (const { name, annotations, inputSchema, outputSchema, description } of tools) {
      expect(annotations, name).toMatchObject({ readOnlyHint: true, destructiveHint: false })
      expect(inputSchema.required, name).toContain('namespace')
      expect(outputSchema?.required, name).toEqual(
        expect.arrayContaining(['success', 'healthy', 'findings', 'not_read']),
      )
      expect(description, name).toMatch(/Use it when|start with/)
    }
  })

  it('returns issue, owner and next step from diagnose_pod, and counts the pod under its issue', async () => {
    const { call } = await clientOf(memoryReader(issueFixture('oom_killed').objects))
    const { structured } = await call('diagnose_pod', { namespace: 'shop', name: POD })

    expect(structured).toMatchObject({
      success: true,
      healthy: false,
      issue_type: 'oom_killed',
      pod: { namespace: 'shop', name: POD },
      findings_by_severity: { critical: 1, warning: 0, info: 0 },
      findings: [
        {
          count: 1,
          objects: [`Pod/${POD}`],
          example: {
            issue: 'oom_killed',
            container: 'web',
            owner: 'ReplicaSet/web-6d9c7b8f5d',
            next: { tool: 'get_pod', remediation: 'rollback' },
          },
        },
      ],
      findings_left_out: 0,
      new_findings: 1,
      not_read: [],
    })
    expect(await recorded.nonZero('mcp_pods_diagnosed_total')).toEqual({
      'mcp_pods_diagnosed_total{issue_type="oom_killed",namespace="shop"}': 1,
    })
  })

  it('counts a pod on every diagnosis, but its issue only once', async () => {
    const { call } = await clientOf(memoryReader([NAMESPACE, ...issueFixture('oom_killed').objects]))
    await call('diagnose_pod', { namespace: 'shop', name: POD })
    const { structured } = await call('diagnose_pod', { namespace: 'shop', name: POD })
    await call('diagnose_namespace', { namespace: 'shop' })

    expect(structured['new_findings']).toBe(0)
    expect(await recorded.nonZero('mcp_pods_diagnosed_total')).toEqual({
      'mcp_pods_diagnosed_total{issue_type="oom_killed",namespace="shop"}': 3,
    })
    expect(await recorded.nonZero('mcp_issues_detected_total')).toEqual({
      'mcp_issues_detected_total{issue_type="oom_killed",namespace="shop",severity="critical"}': 1,
    })
  })

  it('reports a healthy pod as healthy, and counts it as none', async () => {
    const { call } = await clientOf(memoryReader(issueFixture('none').objects))
    const { structured } = await call('diagnose_pod', { namespace: 'shop', name: POD })

    expect(structured).toMatchObject({ healthy: true, issue_type: 'none', findings: [] })
    expect(await recorded.nonZero('mcp_pods_diagnosed_total')).toEqual({
      'mcp_pods_diagnosed_total{issue_type="none",namespace="shop"}': 1,
    })
  })

  it('reports a pod as healthy if its only finding has recovered', async () => {
    const { call } = await clientOf(memoryReader(issueFixture('oom_recovered.recovered').objects))
    const { structured } = await call('diagnose_pod', { namespace: 'shop', name: POD })

    expect(structured).toMatchObject({
      healthy: true,
      issue_type: 'oom_recovered',
      findings_by_severity: { warning: 1 },
    })
  })

  it('returns the findings of a workload and its pods by issue type from diagnose_workload', async () => {
    const { call } = await clientOf(memoryReader(issueFixture('rollout_stuck').objects))
    const { structured } = await call('diagnose_workload', { namespace: 'shop', kind: 'Deployment', name: 'web' })

    expect(structured).toMatchObject({
      workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      pods_by_issue_type: {},
      findings: [{ example: { issue: 'rollout_stuck', object: { kind: 'Deployment' } } }],
    })
  })

  it('groups similar findings in diagnose_namespace, most severe first, and counts all of them', async () => {
    const { call } = await clientOf(
      memoryReader([NAMESPACE, ...copies('crash_loop', 40), ...copies('readiness_failing', 3)]),
    )
    const { structured } = await call('diagnose_namespace', { namespace: 'shop' })

    expect(structured).toMatchObject({
      namespace: 'shop',
      pods: 43,
      pods_by_issue_type: { crash_loop: 40, readiness_failing: 3 },
      findings_by_severity: { critical: 40, warning: 3, info: 0 },
      findings: [
        { count: 40, objects: { length: 5 }, example: { issue: 'crash_loop' } },
        { count: 3, objects: { length: 3 }, example: { issue: 'readiness_failing' } },
      ],
      new_findings: 43,
    })
  })

  it('omits findings below min_severity, but still counts them', async () => {
    const { call } = await clientOf(
      memoryReader([NAMESPACE, ...copies('crash_loop', 2), ...copies('readiness_failing', 3)]),
    )
    const { structured } = await call('diagnose_namespace', { namespace: 'shop', min_severity: 'critical' })

    expect(structured).toMatchObject({ findings: { length: 1 }, findings_by_severity: { critical: 2, warning: 3 } })
  })

  it('writes text for the on-call engineer: what, where, why and what to do, most severe first', async () => {
    const faults = { PodDisruptionBudget: () => new ToolError('forbidden', 'no') }
    const objects = [...copies('oom_killed', 7), ...copies('oom_recovered.recovered', 1)]
    const { call } = await clientOf(memoryReader([NAMESPACE, ...objects], { faults }))
    const { text } = await call('diagnose_namespace', { namespace: 'shop' })

    const lines = text.split('\n')
    expect(lines[0]).toBe('Namespace shop, 8 pods: 7 critical, 1 warning.')
    expect(lines.filter((line) => /^\d\. /.test(line))).toEqual([
      expect.stringMatching(
        /^1\. critical oom_killed since \d+ (min|h|days): Container is killed for exceeding its memory limit$/,
      ),
      expect.stringMatching(
        /^2\. warning oom_recovered \(over\) since .*: Container was killed for exceeding its memory limit and runs again$/,
      ),
    ])
    expect(text).toMatch(
      / {3}(Pod\/\S+, ){4}Pod\/\S+ and 2 more of ReplicaSet\/web-6d9c7b8f5d, container web, all on node worker-1\n/,
    )
    expect(text).toContain('   status.containerStatuses[name=web].lastState.terminated.reason: OOMKilled\n')
    expect(text).toMatch(
      /\n {3}Cause: .{20,}\n {3}Next: get_pod \{"namespace":"shop","name":"[^"]+"\}\. .{20,} rollback may help\.\n {3}\$ kubectl -n shop describe pod \S+\n/,
    )
    expect(text).toContain('Could not be read: PodDisruptionBudget (forbidden).')
    expect(lines.at(-1)).toMatch(/not instructions/)
  })

  it('writes one line of text for a healthy pod', async () => {
    const { call } = await clientOf(memoryReader(issueFixture('none').objects))
    const pod = await call('diagnose_pod', { namespace: 'shop', name: POD })

    expect(pod.text).toBe(`Pod shop/${POD}: no issues found.`)
  })

  it('limits findings and text for a namespace full of issues, and counts the omitted findings', async () => {
    const all = issueFixtures().filter(({ issue, objects }) => issue !== 'none' && objects[0]?.kind === 'Pod')
    const { call } = await clientOf(memoryReader([NAMESPACE, ...all.flatMap(({ name }) => copies(name, 3))]))
    const { structured, text } = await call('diagnose_namespace', { namespace: 'shop', limit: 50 })

    expect(structured['findings']).toHaveLength(50)
    expect(structured['findings_left_out']).toBeGreaterThan(5)
    expect(text.length).toBeLessThan(100_000)
    const { text: usual } = await call('diagnose_namespace', { namespace: 'shop' })
    expect(usual.length).toBeLessThan(20_000)
  })

  it('reports what it could not read, and still returns findings', async () => {
    const faults = { PodDisruptionBudget: () => new ToolError('forbidden', 'no') }
    const { call } = await clientOf(memoryReader([NAMESPACE, ...issueFixture('crash_loop').objects], { faults }))
    const { structured } = await call('diagnose_namespace', { namespace: 'shop' })

    expect(structured).toMatchObject({
      findings: { length: 1 },
      not_read: [{ kind: 'PodDisruptionBudget', reason: 'forbidden' }],
    })
  })

  it.each([
    ['diagnose_pod', { namespace: 'shop', name: '../secrets/db' }],
    ['diagnose_pod', { namespace: 'shop', name: '-x' }],
    ['diagnose_pod', { namespace: 'Shop', name: 'web' }],
    ['diagnose_pod', { namespace: 'a'.repeat(64), name: 'web' }],
    ['diagnose_workload', { namespace: 'shop', kind: 'Secret', name: 'web' }],
    ['diagnose_namespace', { namespace: 'shop/pods' }],
    ['diagnose_namespace', { namespace: 'shop', limit: 1000 }],
  ])('rejects %s with %j before it sends an API request', async (name, args) => {
    const reader = memoryReader([NAMESPACE])
    const { call } = await clientOf(reader)

    expect((await call(name, args)).isError).toBe(true)
    expect(reader.calls).toEqual([])
  })

  it('returns and counts not_found for a missing pod, and adds no series for its namespace', async () => {
    const { call } = await clientOf(memoryReader([NAMESPACE]))
    const { isError, text } = await call('diagnose_pod', { namespace: 'made-up', name: 'web' })

    expect(isError).toBe(true)
    expect(text).toContain('There is no pod "web" in namespace "made-up"')
    expect(await recorded.nonZero('mcp_pods_diagnosed_total')).toEqual({})
    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="not_found",tool_name="diagnose_pod"}': 1,
    })
  })
})
