// Tests the effect that a plan states and the reasons to refuse it, from the object alone and without a cluster.
import { describe, expect, it } from 'vitest'
import type { RemediationRequest, RemediationTarget } from '../../../../../src/server/kubernetes/remediation/plan.ts'
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
  kind: RemediationTarget['kind'],
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

describe('prepareChange', () => {
  describe('when it replaces pods', () => {
    it.each<[string, RemediationTarget['kind'], object, RegExp]>([
      [
        'a few at a time for a Deployment with the default strategy',
        'Deployment',
        deployment(3, rolling('25%', '25%')),
        /a few at a time\.$/,
      ],
      [
        'a few at a time for a single pod that gets its successor first',
        'Deployment',
        deployment(1, rolling('25%', '25%')),
        /a few at a time\.$/,
      ],
      [
        'all at once for a Deployment that is recreated',
        'Deployment',
        deployment(3, { type: 'Recreate' }),
        /all at the same time: .*no pod serves requests in the meantime/,
      ],
      [
        'possibly all at once for a Deployment that allows it',
        'Deployment',
        deployment(4, rolling('100%', 0)),
        /All of them may be unavailable at the same time/,
      ],
      [
        'the old pod possibly first for a single pod that may be unavailable',
        'Deployment',
        deployment(1, rolling(1, 0)),
        /The old pod may end before/,
      ],
      [
        'the old pod possibly first for a single pod with nothing to spare',
        'Deployment',
        deployment(1, rolling('25%', 0)),
        /old pod may end before/,
      ],
      [
        'a few at a time for a StatefulSet',
        'StatefulSet',
        statefulSet(3, { partition: 0 }),
        /all pods.*a few at a time/,
      ],
      [
        'the old pod possibly first for a StatefulSet with one pod',
        'StatefulSet',
        statefulSet(1, {}),
        /The old pod may end before the new one/,
      ],
      [
        'only pods above the partition for a StatefulSet with a partition',
        'StatefulSet',
        statefulSet(3, { partition: 2 }),
        /the pods of StatefulSet shop\/web numbered 2 and above .*, and no other pods, .*a few at a time/,
      ],
      [
        'only pods above the partition, counted from the first ordinal',
        'StatefulSet',
        statefulSet(3, { partition: 2 }, { ordinals: { start: 10 } }),
        /numbered 12 and above/,
      ],
      [
        'a few at a time for a DaemonSet on many nodes',
        'DaemonSet',
        daemonSet(5, { maxUnavailable: 1 }),
        /a few at a time/,
      ],
      [
        'possibly all at once for a DaemonSet that allows it',
        'DaemonSet',
        daemonSet(5, { maxUnavailable: '90%' }),
        /All of them/,
      ],
    ])('states how a restart replaces them: %s', async (_, kind, object, effect) => {
      expect((await prepare('restart', kind, { object })).effect).toMatch(effect)
    })

    it('states how a rollback replaces them', async () => {
      const effectOf = async (strategy: object) =>
        (await prepare('rollback', 'Deployment', { object: deployment(3, strategy) })).effect

      expect(await effectOf(rolling('25%', '25%'))).toMatch(/replaces its pods, a few at a time\.$/)
      expect(await effectOf({ type: 'Recreate' })).toMatch(/replaces its pods, all at the same time: /)
    })
  })

  it.each<[string, RemediationTarget['kind'], object, RegExp]>([
    ['the partition keeps every pod', 'StatefulSet', statefulSet(3, { partition: 3 }), /keeps the pods below 3/],
    ['the workload has no pods', 'Deployment', deployment(0, rolling('25%', '25%')), /it has 0 replicas/],
  ])('refuses a restart that replaces no pod: %s', async (_, kind, object, reason) => {
    const error = await toolErrorOf(prepare('restart', kind, { object }))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(reason) })
  })

  describe('when an autoscaler scales the workload', () => {
    const sleeping = deployment(0, {})

    it('scales it up from 0 and states that the autoscaler sets the number from then on', async () => {
      const { change, effect } = await prepare('scale', 'Deployment', { object: sleeping, autoscaler: {}, replicas: 2 })

      expect(change).toMatchObject({ write: 'scale', replicas: 2 })
      expect(effect).toMatch(
        /from 0 to 2 replicas\. From then on, the autoscaler "web-autoscaler" sets the number of replicas\./,
      )
    })

    it.each<[string, object, object, number, RegExp]>([
      ['it is running', deployment(3, {}), {}, 4, /would revert the change/],
      ['it would get 0 replicas', deployment(3, {}), {}, 0, /would not scale it up from 0 again/],
      ['the autoscaler scales to 0 by itself', sleeping, { spec: { minReplicas: 0 } }, 2, /would revert the change/],
      [
        'the owner of the autoscaler scales to 0 by itself',
        sleeping,
        { metadata: { ownerReferences: [{ kind: 'ScaledObject', name: 'web', uid: 's', controller: true }] } },
        2,
        /would revert the change/,
      ],
    ])('refuses to scale it if %s', async (_, object, autoscaler, replicas, reason) => {
      const error = await toolErrorOf(prepare('scale', 'Deployment', { object, autoscaler, replicas }))

      expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(reason) })
    })
  })

  describe('when it evicts a pod', () => {
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

    it.each<[string, object, object, RegExp]>([
      [
        'counts as a failure',
        podOf('Job', 'Running'),
        jobOf({ backoffLimit: 3 }, { failed: 1 }),
        /Job export replaces it, and this counts as failure 2 of the 3 that it allows \(backoffLimit\)\.$/,
      ],
      ['counts as one of six failures by default', podOf('Job', 'Pending'), jobOf({}), /1 of the 6/],
      [
        'counts only for its index if each index has a limit',
        podOf('Job', 'Running', { annotations: { 'batch.kubernetes.io/job-index-failure-count': '1' } }),
        jobOf({ backoffLimit: 2_147_483_647, backoffLimitPerIndex: 2 }, { failed: 7 }),
        /2 of the 2 that it allows \(backoffLimitPerIndex\)/,
      ],
      [
        'does not count if the Job ignores disruptions',
        podOf('Job', 'Running'),
        jobOf({ backoffLimit: 0, ...policy(onDisruption('Ignore')) }),
        /its podFailurePolicy does not count this as a failure\.$/,
      ],
      [
        'may count if a rule for exit codes comes first',
        podOf('Job', 'Running'),
        jobOf({ backoffLimit: 0, ...policy(onExit, onDisruption('Ignore')) }),
        /does not count this as a failure, unless a rule for its exit code applies\.$/,
      ],
    ])('states that the eviction of a Job pod %s', async (_, pod, job, effect) => {
      expect((await evict(pod, job)).effect).toMatch(effect)
    })

    it.each<[string, object, object | undefined, RegExp]>([
      [
        'a Job pod that has succeeded',
        podOf('Job', 'Succeeded'),
        jobOf({}),
        /It has ended, and its Job does not replace it/,
      ],
      ['a Job pod that has failed', podOf('Job', 'Failed'), jobOf({}), /It has ended/],
      [
        'a Job pod if no further failure is allowed',
        podOf('Job', 'Running'),
        jobOf({ backoffLimit: 0 }),
        /0 of 0 by backoffLimit/,
      ],
      [
        'a Job pod if the Job fails on a disruption',
        podOf('Job', 'Running'),
        jobOf(policy(onDisruption('FailJob'))),
        /a permanent failure/,
      ],
      ['a pod whose Job is gone', podOf('Job', 'Running'), undefined, /Its Job no longer exists/],
      [
        'a pod whose Job was replaced by one of the same name',
        podOf('Job', 'Running'),
        { ...jobOf({}), metadata: { uid: 'k' } },
        /Its Job no longer exists/,
      ],
      [
        'a pod whose Job is over',
        podOf('Job', 'Running'),
        jobOf({}, { conditions: [{ type: 'FailureTarget', status: 'True' }] }),
        /Its Job has finished/,
      ],
    ])('refuses to evict %s', async (_, pod, job, reason) => {
      const error = await toolErrorOf(evict(pod, job))

      expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(reason) })
    })

    it('states that a ReplicaSet replaces a running pod, and that an ended pod is only removed', async () => {
      expect((await evict(podOf('ReplicaSet', 'Failed'))).effect).toMatch(/^Removes Pod shop\/web/)
      expect((await evict(podOf('ReplicaSet', 'Running'))).effect).toMatch(/ReplicaSet export replaces it\.$/)
    })
  })
})
