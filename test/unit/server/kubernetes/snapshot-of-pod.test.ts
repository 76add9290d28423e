import { expect, test } from 'vitest'
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

/** Usage is no object of the API that a reader lists; keys of ConfigMaps are not read at all. */
const readable = issueFixtures().filter(({ issue }) => issue !== 'near_oom' && issue !== 'namespace_stuck_terminating')

test.each(readable)(
  '$name: a snapshot of the namespace gives the same findings as the objects do',
  async ({ objects }) => {
    const snapshot = await snapshotOfNamespace(memoryReader([NAMESPACE, ...objects]), 'shop')
    const { findings } = diagnose(snapshot, FIXTURE_NOW)

    const given = diagnose(snapshotOf(objects), FIXTURE_NOW).findings
    // A node without a pod of the namespace is none of its business.
    const nodes = objects.some(({ kind }) => kind === 'Pod')
      ? given
      : given.filter(({ object }) => object.kind !== 'Node')
    expect(findings.map(({ issue }) => issue)).toEqual(nodes.map(({ issue }) => issue))
  },
)

const pods = readable.filter(({ objects }) => objects[0]?.kind === 'Pod')

test.each(pods)('$name: a snapshot of the pod gives the same findings as the objects do', async ({ objects }) => {
  const snapshot = await snapshotOfPod(memoryReader(objects), 'shop', objects[0]?.metadata.name ?? '')

  expect(diagnose(snapshot, FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state])).toEqual(
    diagnose(snapshotOf(objects), FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state]),
  )
})

const workloads = readable.filter(({ objects }) =>
  ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'].includes(objects[0]?.kind ?? ''),
)

test.each(workloads)(
  '$name: a snapshot of the workload gives the same findings as the objects do',
  async ({ objects }) => {
    const { kind, metadata } = objects[0] as ApiObject
    const snapshot = await snapshotOfWorkload(memoryReader(objects), kind as 'Job', 'shop', metadata.name)

    expect(diagnose(snapshot, FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state])).toEqual(
      diagnose(snapshotOf(objects), FIXTURE_NOW).findings.map(({ issue, state }) => [issue, state]),
    )
  },
)

test('a Deployment is looked at with its ReplicaSets, their pods, its Service and budget, and with nothing of others', async () => {
  const healthy = issueFixture('none').objects
  const quota = issueFixture('quota_exceeded').objects
  const budget = issueFixture('budget_blocks_eviction').objects
  const others = issueFixture('statefulset_unavailable').objects
  const reader = memoryReader([...healthy.filter(({ kind }) => kind !== 'ReplicaSet'), ...quota, ...budget, ...others])

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

test('a pod is looked at with its owners up to the Deployment: what refuses its siblings is found as well', async () => {
  const objects = [
    ...issueFixture('none').objects.filter(({ kind }) => kind !== 'ReplicaSet'),
    ...issueFixture('quota_exceeded').objects,
  ]
  const { findings } = diagnose(await snapshotOfPod(memoryReader(objects), 'shop', 'web-6d9c7b8f5d-x7k2p'), FIXTURE_NOW)

  expect(findings.map(({ issue }) => issue)).toEqual(['quota_exceeded'])
})

/** The kubelet does not know the uid that the API gave to the mirror of a static pod, and writes its events under the hash of its file. */
function staticPod(): readonly ApiObject[] {
  const hash = '3d1f0c5b7a9e4f2d8c6b1a0f9e8d7c6b'
  return issueFixture('startup_probe_failing').objects.map((object) =>
    object.kind === 'Event'
      ? { ...object, involvedObject: { ...(object['involvedObject'] as object), uid: hash } }
      : { ...object, metadata: { ...object.metadata, annotations: { 'kubernetes.io/config.mirror': hash } } },
  )
}

test('events of a static pod are found under the hash that the kubelet knows it by', async () => {
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

test('a namespace costs one call a kind, however many pods it has', async () => {
  const { objects } = issueFixture('crash_loop')
  const [pod, event] = objects as [ApiObject, ApiObject]
  const many = Array.from({ length: 300 }, (_, index) => [
    { ...pod, metadata: { ...pod.metadata, name: `web-${index}`, uid: `uid-${index}` } },
    { ...event, involvedObject: { ...(event['involvedObject'] as object), name: `web-${index}`, uid: `uid-${index}` } },
  ]).flat()
  const reader = memoryReader([NAMESPACE, ...many])
  const { findings } = diagnose(await snapshotOfNamespace(reader, 'shop'), FIXTURE_NOW)

  expect(findings).toHaveLength(300)
  expect(reader.calls).toHaveLength(new Set(reader.calls).size)
  expect(reader.calls.length).toBeLessThanOrEqual(16)
})

test('a missing permission for anything but the pods does not fail the diagnosis, and the result says so', async () => {
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

test('where endpoints may not be read, a Service is not said to have none', async () => {
  const { objects } = issueFixture('service_without_endpoints')
  const reader = memoryReader([NAMESPACE, ...objects], { faults: { EndpointSlice: forbidden } })
  const { findings, unjudged } = diagnose(await snapshotOfNamespace(reader, 'shop'), FIXTURE_NOW)

  expect(findings).toEqual([])
  expect([...unjudged]).toContain('service_without_endpoints')
})

test('pods that may not be read, and a bug in the reader, fail it', async () => {
  const { objects } = issueFixture('crash_loop')
  const read = (faults: Parameters<typeof memoryReader>[1]) =>
    snapshotOfNamespace(memoryReader([NAMESPACE, ...objects], faults), 'shop')

  await expect(read({ faults: { Pod: forbidden } })).rejects.toMatchObject({ kind: 'forbidden' })
  await expect(read({ faults: { Event: () => new TypeError('bug') } })).rejects.toThrow(TypeError)
})

test('a call that was cancelled stops, also where a failure would be let pass', async () => {
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

test('logs of ended containers and the usage of a pod are read where the reader can, and only hints come of them', async () => {
  const { objects } = issueFixture('crash_loop')
  const reader = memoryReader(objects, { log: 'dial tcp: lookup db: no such host', usage: [] })
  const snapshot = await snapshotOfPod(reader, 'shop', 'web-6d9c7b8f5d-x7k2p')

  const evidence = diagnose(snapshot, FIXTURE_NOW).findings[0]?.evidence
  expect(evidence).toContainEqual({ field: 'container log (signatures)', value: 'name resolution failed' })
  expect(reader.calls).toContain('list usage')
})

test('near_oom is found by what the metrics API says', async () => {
  const { objects } = issueFixture('near_oom')
  const { usage = [] } = snapshotOf(objects)
  const { findings } = diagnose(
    await snapshotOfNamespace(memoryReader([NAMESPACE, ...objects], { usage }), 'shop'),
    FIXTURE_NOW,
  )

  expect(findings.map(({ issue }) => issue)).toEqual(['near_oom'])
})

test.each([
  ['pod', () => snapshotOfPod(memoryReader([]), 'shop', 'web')],
  ['workload', () => snapshotOfWorkload(memoryReader([]), 'Job', 'shop', 'web')],
  ['namespace', () => snapshotOfNamespace(memoryReader([]), 'shop')],
])('a %s that is not there is a sentence to act on', async (_, read) => {
  await expect(read()).rejects.toMatchObject({ kind: 'not_found', message: expect.stringMatching(/list_\w+ shows/) })
})
