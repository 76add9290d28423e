// What a plan promises, and what it refuses, from the object alone: no cluster is behind it.
import { describe, expect, test } from 'vitest'
import type { RemediationRequest, Target } from '../../../../../src/server/kubernetes/remediation/plan.ts'
import { prepareChange } from '../../../../../src/server/kubernetes/remediation/prepare-change.ts'
import { toolErrorOf } from '../../../../support/cluster/tool-error-of.ts'

interface Given {
  readonly object: object
  readonly autoscaler?: object
  readonly job?: object | undefined
  readonly replicas?: number
}

function prepare(
  action: RemediationRequest['action'],
  kind: Target['kind'],
  { object, autoscaler, job, replicas }: Given,
): ReturnType<typeof prepareChange> {
  const target = { kind, namespace: 'shop', name: 'web' }
  const scaled = { metadata: { name: 'web-autoscaler' }, spec: { scaleTargetRef: { kind, name: 'web' } } }
  const autoscalers = autoscaler === undefined ? [] : [merged(scaled, autoscaler)]
  const reader = {
    list: async (of: string) => (of === 'HorizontalPodAutoscaler' ? autoscalers : [EARLIER]),
    get: async () => job,
  }
  return prepareChange({ action, target, replicas }, object as never, reader as never, { now: 0 })
}

function merged(scaled: { readonly metadata: object; readonly spec: object }, more: object): object {
  const { metadata, spec } = more as { metadata?: object; spec?: object }
  return { metadata: { ...scaled.metadata, ...metadata }, spec: { ...scaled.spec, ...spec } }
}

const EARLIER = {
  metadata: { ownerReferences: [{ uid: 'd' }], annotations: { 'deployment.kubernetes.io/revision': '1' } },
  spec: { template: { metadata: { labels: { app: 'web' } } } },
}

const deployment = (replicas: number, strategy: object) => ({
  metadata: { uid: 'd', annotations: { 'deployment.kubernetes.io/revision': '2' } },
  spec: { replicas, strategy, template: {} },
})
const rolling = (maxUnavailable: number | string, maxSurge: number | string) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable, maxSurge },
})
const statefulSet = (replicas: number, rollingUpdate: object, more: object = {}) => ({
  metadata: {},
  spec: { replicas, updateStrategy: { type: 'RollingUpdate', rollingUpdate }, template: {}, ...more },
})
const daemonSet = (nodes: number, rollingUpdate: object) => ({
  metadata: {},
  spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate }, template: {} },
  status: { desiredNumberScheduled: nodes },
})

describe('a plan to replace pods says how', () => {
  test.each<[string, Target['kind'], object, RegExp]>([
    [
      'a few at a time, as a Deployment does by default',
      'Deployment',
      deployment(3, rolling('25%', '25%')),
      /a few at a time\.$/,
    ],
    [
      'a few at a time, where one pod has its successor first',
      'Deployment',
      deployment(1, rolling('25%', '25%')),
      /a few at a time\.$/,
    ],
    [
      'all at once, where they end before the first new one starts',
      'Deployment',
      deployment(3, { type: 'Recreate' }),
      /all at once: .*nothing of it answers meanwhile/,
    ],
    ['all, where all may be away', 'Deployment', deployment(4, rolling('100%', 0)), /All of them may be away at once/],
    ['its one pod, where it may be away', 'Deployment', deployment(1, rolling(1, 0)), /The old one may end before/],
    [
      'its one pod, where neither is to spare',
      'Deployment',
      deployment(1, rolling('25%', 0)),
      /old one may end before/,
    ],
    [
      'one after another, in a StatefulSet',
      'StatefulSet',
      statefulSet(3, { partition: 0 }),
      /all pods.*a few at a time/,
    ],
    ['its one pod, in a StatefulSet', 'StatefulSet', statefulSet(1, {}), /The old one may end before the new one/],
    [
      'those above the partition, in a StatefulSet with one',
      'StatefulSet',
      statefulSet(3, { partition: 2 }),
      /the pods of StatefulSet shop\/web numbered 2 and above .*, and no others, .*a few at a time/,
    ],
    [
      'those above the partition, counted from the first number',
      'StatefulSet',
      statefulSet(3, { partition: 2 }, { ordinals: { start: 10 } }),
      /numbered 12 and above/,
    ],
    ['a few at a time, on many nodes', 'DaemonSet', daemonSet(5, { maxUnavailable: 1 }), /a few at a time/],
    [
      'all of them, on nodes that may all be without',
      'DaemonSet',
      daemonSet(5, { maxUnavailable: '90%' }),
      /All of them/,
    ],
  ])('%s', async (_, kind, object, effect) => {
    expect((await prepare('restart', kind, { object })).effect).toMatch(effect)
  })

  test('also where it goes back to an earlier template', async () => {
    const effectOf = async (strategy: object) =>
      (await prepare('rollback', 'Deployment', { object: deployment(3, strategy) })).effect

    expect(await effectOf(rolling('25%', '25%'))).toMatch(/replaces its pods, a few at a time\.$/)
    expect(await effectOf({ type: 'Recreate' })).toMatch(/replaces its pods, all at once: /)
  })
})

test.each<[string, Target['kind'], object, RegExp]>([
  ['a partition keeps all of them', 'StatefulSet', statefulSet(3, { partition: 3 }), /keeps those below 3/],
  ['there is none', 'Deployment', deployment(0, rolling('25%', '25%')), /it has 0 replicas/],
])('a restart is refused that would replace no pod: %s', async (_, kind, object, reason) => {
  const error = await toolErrorOf(prepare('restart', kind, { object }))

  expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(reason) })
})

describe('what an autoscaler scales', () => {
  const sleeping = deployment(0, {})

  test('is woken from 0, which the autoscaler itself never does, and is the autoscaler’s from then on', async () => {
    const { change, effect } = await prepare('scale', 'Deployment', { object: sleeping, autoscaler: {}, replicas: 2 })

    expect(change).toMatchObject({ write: 'scale', replicas: 2 })
    expect(effect).toMatch(/from 0 to 2 replicas\. From then on the autoscaler "web-autoscaler" sets their number\./)
  })

  test.each<[string, object, object, number, RegExp]>([
    ['it runs', deployment(3, {}), {}, 4, /would set them back/],
    ['it would be put to sleep', deployment(3, {}), {}, 0, /would not wake it from 0 again/],
    ['the autoscaler goes down to 0 by itself', sleeping, { spec: { minReplicas: 0 } }, 2, /would set them back/],
    [
      'what has made the autoscaler goes down to 0 by itself',
      sleeping,
      { metadata: { ownerReferences: [{ kind: 'ScaledObject', name: 'web', uid: 's', controller: true }] } },
      2,
      /would set them back/,
    ],
  ])('is not scaled where %s', async (_, object, autoscaler, replicas, reason) => {
    const error = await toolErrorOf(prepare('scale', 'Deployment', { object, autoscaler, replicas }))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(reason) })
  })
})

describe('an eviction of a Job’s pod', () => {
  const podOf = (owner: string, phase: string, metadata: object = {}) => ({
    metadata: { ownerReferences: [{ kind: owner, name: 'export', uid: 'j', controller: true }], ...metadata },
    status: { phase },
  })
  const jobOf = (spec: object, status: object = {}) => ({ metadata: { name: 'export', uid: 'j' }, spec, status })
  const policy = (...rules: object[]) => ({ podFailurePolicy: { rules } })
  const onDisruption = (action: string) => ({
    action,
    onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
  })
  const onExit = { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }
  const evict = (pod: object, job?: object) => prepare('delete_pod', 'Pod', { object: pod, job })

  test.each<[string, object, object, RegExp]>([
    [
      'counts as a failure',
      podOf('Job', 'Running'),
      jobOf({ backoffLimit: 3 }, { failed: 1 }),
      /Job export makes another in its place, and counts a failure: 2 of the 3 that it allows \(backoffLimit\)\.$/,
    ],
    ['counts as one of six by default', podOf('Job', 'Pending'), jobOf({}), /1 of the 6/],
    [
      'counts for its index alone, where each has its own limit',
      podOf('Job', 'Running', { annotations: { 'batch.kubernetes.io/job-index-failure-count': '1' } }),
      jobOf({ backoffLimit: 2_147_483_647, backoffLimitPerIndex: 2 }, { failed: 7 }),
      /2 of the 2 that it allows \(backoffLimitPerIndex\)/,
    ],
    [
      'does not count where disruptions are ignored',
      podOf('Job', 'Running'),
      jobOf({ backoffLimit: 0, ...policy(onDisruption('Ignore')) }),
      /by its podFailurePolicy counts no failure\.$/,
    ],
    [
      'may count where a rule of exit codes comes first',
      podOf('Job', 'Running'),
      jobOf({ backoffLimit: 0, ...policy(onExit, onDisruption('Ignore')) }),
      /counts no failure, unless its exit code says else\.$/,
    ],
  ])('%s', async (_, pod, job, effect) => {
    expect((await evict(pod, job)).effect).toMatch(effect)
  })

  test.each<[string, object, object | undefined, RegExp]>([
    ['of one that has done its work', podOf('Job', 'Succeeded'), jobOf({}), /It has ended, and its Job makes no other/],
    ['of one that has failed', podOf('Job', 'Failed'), jobOf({}), /It has ended/],
    ['of the last that may fail', podOf('Job', 'Running'), jobOf({ backoffLimit: 0 }), /0 of 0 by backoffLimit/],
    [
      'of a Job that has one failure for each pod taken from it',
      podOf('Job', 'Running'),
      jobOf(policy(onDisruption('FailJob'))),
      /a failure for good/,
    ],
    ['of a Job that is gone', podOf('Job', 'Running'), undefined, /Its Job is gone/],
    ['of a Job of the same name', podOf('Job', 'Running'), { ...jobOf({}), metadata: { uid: 'k' } }, /Its Job is gone/],
    [
      'of a Job that is over',
      podOf('Job', 'Running'),
      jobOf({}, { conditions: [{ type: 'FailureTarget', status: 'True' }] }),
      /Its Job is over/,
    ],
  ])('is refused, %s', async (_, pod, job, reason) => {
    const error = await toolErrorOf(evict(pod, job))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(reason) })
  })

  test('is another thing than of a pod that a ReplicaSet has replaced when it ended', async () => {
    expect((await evict(podOf('ReplicaSet', 'Failed'))).effect).toMatch(/^Takes away what is left of Pod shop\/web/)
    expect((await evict(podOf('ReplicaSet', 'Running'))).effect).toMatch(
      /ReplicaSet export makes another in its place\.$/,
    )
  })
})
