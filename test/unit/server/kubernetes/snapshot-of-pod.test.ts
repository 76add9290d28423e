import { describe, expect, it } from 'vitest'
import { ToolError } from '../../../../src/index.ts'
import { diagnose } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { keptFields } from '../../../../src/server/kubernetes/kept-fields.ts'
import { snapshotOfNamespace } from '../../../../src/server/kubernetes/snapshot-of-namespace.ts'
import { snapshotOfPod } from '../../../../src/server/kubernetes/snapshot-of-pod.ts'
import { snapshotOfWorkload } from '../../../../src/server/kubernetes/snapshot-of-workload.ts'
import type { ApiObject } from '../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, issueFixtures, snapshotOf } from '../../../support/cluster/issue-fixtures.ts'
import { memoryReader } from '../../../support/cluster/memory-reader.ts'

const NAMESPACE: ApiObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'shop' } }
const forbidden = () => new ToolError('forbidden', 'no')
const unavailable = () => new ToolError('unavailable', 'not now')

/** All but near_oom, which needs usage, and namespace_stuck_terminating, which is about another namespace. */
const readable = issueFixtures().filter(({ issue }) => issue !== 'near_oom' && issue !== 'namespace_stuck_terminating')

const pods = readable.filter(({ objects }) => objects[0]?.kind === 'Pod')

const workloads = readable.filter(({ objects }) =>
  ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'].includes(objects[0]?.kind ?? ''),
)

/** The kubelet writes events of a static pod under the hash of its file, not under the uid of its mirror pod. */
function staticPod(): readonly ApiObject[] {
  const hash = '3d1f0c5b7a9e4f2d8c6b1a0f9e8d7c6b'
  return issueFixture('startup_probe_failing').objects.map((object) =>
    object.kind === 'Event'
      ? { ...object, involvedObject: { ...(object['involvedObject'] as object), uid: hash } }
      : { ...object, metadata: { ...object.metadata, annotations: { 'kubernetes.io/config.mirror': hash } } },
  )
}

describe('snapshotOfNamespace', () => {
  it.each(readable)('leads to the same findings as the objects of fixture $name', async ({ objects }) => {
    const snapshot = await snapshotOfNamespace(memoryReader([NAMESPACE, ...objects]), 'shop')
    const { findings } = diagnose(snapshot, FIXTURE_NOW)

    const given = diagnose(snapshotOf(objects), FIXTURE_NOW).findings
    // The snapshot leaves out nodes that run no pod of the namespace.
    const nodes = objects.some(({ kind }) => kind === 'Pod')
      ? given
      : given.filter(({ object }) => object.kind !== 'Node')
    expect(findings.map(({ issue }) => issue)).toEqual(nodes.map(({ issue }) => issue))
  })

  it('makes one call per kind for a namespace with 300 pods', async () => {
    const { objects } = issueFixture('crash_loop')
    const [pod, event] = objects as [ApiObject, ApiObject]
    const many = Array.from({ length: 300 }, (_, index) => [
      { ...pod, metadata: { ...pod.metadata, name: `web-${index}`, uid: `uid-${index}` } },
      {
        ...event,
        involvedObject: { ...(event['involvedObject'] as object), name: `web-${index}`, uid: `uid-${index}` },
      },
    ]).flat()
    const reader = memoryReader([NAMESPACE, ...many])
    const { findings } = diagnose(await snapshotOfNamespace(reader, 'shop'), FIXTURE_NOW)

    expect(findings).toHaveLength(300)
    expect(reader.calls).toHaveLength(new Set(reader.calls).size)
    expect(reader.calls.length).toBeLessThanOrEqual(16)
  })

  it('continues without the kinds that it cannot read, and lists them as unread', async () => {
    const { objects } = issueFixture('crash_loop')
    const reader = memoryReader(objects, {
      faults: {
        Event: forbidden,
        HorizontalPodAutoscaler: forbidden,
        Node: forbidden,
        Namespace: forbidden,
        ResourceQuota: unavailable,
      },
    })
    const { findings, unread } = diagnose(await snapshotOfNamespace(reader, 'shop'), FIXTURE_NOW)

    expect(findings.map(({ issue }) => issue)).toEqual(['crash_loop'])
    expect(unread).toEqual([
      { kind: 'Event', reason: 'forbidden' },
      { kind: 'HorizontalPodAutoscaler', reason: 'forbidden' },
      { kind: 'Namespace', reason: 'forbidden' },
      { kind: 'Node', reason: 'forbidden' },
      { kind: 'ResourceQuota', reason: 'unavailable' },
    ])
  })

  it('leaves service_without_endpoints unjudged if it may not read EndpointSlices', async () => {
    const { objects } = issueFixture('service_without_endpoints')
    const reader = memoryReader([NAMESPACE, ...objects], { faults: { EndpointSlice: forbidden } })
    const { findings, unjudged } = diagnose(await snapshotOfNamespace(reader, 'shop'), FIXTURE_NOW)

    expect(findings).toEqual([])
    expect([...unjudged]).toContain('service_without_endpoints')
  })

  it('rejects if it may not read the pods, or if the reader throws an unexpected error', async () => {
    const { objects } = issueFixture('crash_loop')
    const read = (faults: Parameters<typeof memoryReader>[1]) =>
      snapshotOfNamespace(memoryReader([NAMESPACE, ...objects], faults), 'shop')

    await expect(read({ faults: { Pod: forbidden } })).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(read({ faults: { Event: () => new TypeError('bug') } })).rejects.toThrow(TypeError)
  })

  it('rejects once its signal aborts, even on a failure that it would tolerate', async () => {
    const { objects } = issueFixture('crash_loop')
    const cancelled = new AbortController()
    const reader = memoryReader([NAMESPACE, ...objects], {
      faults: {
        Event: () => {
          cancelled.abort(new Error('cancelled'))
          return unavailable()
        },
      },
    })

    await expect(snapshotOfNamespace(reader, 'shop', { signal: cancelled.signal })).rejects.toThrow()
  })

  it('includes usage from the metrics API, so that near_oom is found', async () => {
    const { objects } = issueFixture('near_oom')
    const { usage = [] } = snapshotOf(objects)
    const { findings } = diagnose(
      await snapshotOfNamespace(memoryReader([NAMESPACE, ...objects], { usage }), 'shop'),
      FIXTURE_NOW,
    )

    expect(findings.map(({ issue }) => issue)).toEqual(['near_oom'])
  })
})

describe('snapshotOfPod', () => {
  it.each(pods)('leads to the same findings for a pod as the objects of fixture $name', async ({ objects }) => {
    const snapshot = await snapshotOfPod(memoryReader(objects), 'shop', objects[0]?.metadata.name ?? '')

    expect(diagnose(snapshot, FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state])).toEqual(
      diagnose(snapshotOf(objects), FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state]),
    )
  })

  it('includes the owners up to the Deployment, so that a refusal of sibling pods is found', async () => {
    const objects = [
      ...issueFixture('none').objects.filter(({ kind }) => kind !== 'ReplicaSet'),
      ...issueFixture('quota_exceeded').objects,
    ]
    const { findings } = diagnose(
      await snapshotOfPod(memoryReader(objects), 'shop', 'web-6d9c7b8f5d-x7k2p'),
      FIXTURE_NOW,
    )

    expect(findings.map(({ issue }) => issue)).toEqual(['quota_exceeded'])
  })

  it('reads usage and the logs of ended containers, which become hints in the evidence', async () => {
    const { objects } = issueFixture('crash_loop')
    const reader = memoryReader(objects, { log: 'dial tcp: lookup db: no such host', usage: [] })
    const snapshot = await snapshotOfPod(reader, 'shop', 'web-6d9c7b8f5d-x7k2p')

    const evidence = diagnose(snapshot, FIXTURE_NOW).findings[0]?.evidence
    expect(evidence).toContainEqual({ field: 'container log (signatures)', value: 'name resolution failed' })
    expect(reader.calls).toContain('list usage')
  })
})

describe('snapshotOfWorkload', () => {
  it.each(workloads)(
    'leads to the same findings for a workload as the objects of fixture $name',
    async ({ objects }) => {
      const { kind, metadata } = objects[0] as ApiObject
      const snapshot = await snapshotOfWorkload(memoryReader(objects), kind as 'Job', 'shop', metadata.name)

      expect(diagnose(snapshot, FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state])).toEqual(
        diagnose(snapshotOf(objects), FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state]),
      )
    },
  )

  it('includes the ReplicaSets, pods and budget of a Deployment, and nothing of other workloads', async () => {
    const healthy = issueFixture('none').objects
    const quota = issueFixture('quota_exceeded').objects
    const budget = issueFixture('budget_blocks_eviction').objects
    const others = issueFixture('statefulset_unavailable').objects
    const reader = memoryReader([
      ...healthy.filter(({ kind }) => kind !== 'ReplicaSet'),
      ...quota,
      ...budget,
      ...others,
    ])

    const { findings, pods: looked } = diagnose(
      await snapshotOfWorkload(reader, 'Deployment', 'shop', 'web'),
      FIXTURE_NOW,
    )

    expect(findings.map(({ issue, object }) => `${object.kind}/${issue}`)).toEqual([
      'ReplicaSet/quota_exceeded',
      'PodDisruptionBudget/budget_blocks_eviction',
    ])
    expect(looked.map(({ name }) => name)).toEqual(['web-6d9c7b8f5d-x7k2p'])
  })
})

describe('every snapshot', () => {
  it('includes the events of a static pod under the hash that the kubelet uses', async () => {
    const objects = staticPod()
    const name = objects[0]?.metadata.name ?? ''
    const expected = ['startup_probe_failing']

    const looks = [
      await snapshotOfPod(memoryReader(objects), 'shop', name),
      await snapshotOfNamespace(memoryReader([NAMESPACE, ...objects]), 'shop'),
      { objects: { Pod: [keptFields('Pod', objects[0] as never)], Event: objects.slice(1) as never[] } },
    ]
    for (const look of looks) expect(diagnose(look, FIXTURE_NOW).findings.map(({ issue }) => issue)).toEqual(expected)
  })

  it.each([
    ['pod', () => snapshotOfPod(memoryReader([]), 'shop', 'web')],
    ['workload', () => snapshotOfWorkload(memoryReader([]), 'Job', 'shop', 'web')],
    ['namespace', () => snapshotOfNamespace(memoryReader([]), 'shop')],
  ])('rejects a missing %s with not_found and names the list tool', async (_, read) => {
    await expect(read()).rejects.toMatchObject({
      kind: 'not_found',
      message: expect.stringMatching(/Call list_\w+ to see/),
    })
  })
})
