import { describe, expect, it } from 'vitest'
import { missingOf } from '../../../../../src/server/kubernetes/remediation/rollout-state.ts'

const seen = { metadata: { generation: 2 } }

const partitioned = (status: object) => ({
  ...seen,
  spec: { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
  status: { observedGeneration: 2, currentRevision: 'a', updateRevision: 'b', ...status },
})

describe('missingOf', () => {
  it.each<[string, Parameters<typeof missingOf>[0], object, RegExp | undefined]>([
    [
      'a Deployment whose controller has not seen the change',
      'Deployment',
      {
        ...seen,
        spec: { replicas: 1 },
        status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      },
      /not processed the change/,
    ],
    [
      'a Deployment with old pods',
      'Deployment',
      {
        ...seen,
        spec: { replicas: 2 },
        status: { observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 3 },
      },
      /1 pods of the old template still exist/,
    ],
    [
      'a Deployment whose new pods are not available',
      'Deployment',
      { ...seen, spec: { replicas: 2 }, status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2 } },
      /0 of 2 pods are available/,
    ],
    [
      'a complete Deployment',
      'Deployment',
      {
        ...seen,
        spec: { replicas: 2 },
        status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
      },
      undefined,
    ],
    [
      'a Deployment scaled to zero',
      'Deployment',
      { ...seen, spec: { replicas: 0 }, status: { observedGeneration: 2 } },
      undefined,
    ],
    [
      'a StatefulSet between two revisions',
      'StatefulSet',
      {
        ...seen,
        spec: { replicas: 1 },
        status: { observedGeneration: 2, replicas: 1, readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      },
      /old template/,
    ],
    [
      'a StatefulSet with missing pods',
      'StatefulSet',
      { ...seen, spec: { replicas: 3 }, status: { observedGeneration: 2, replicas: 2, readyReplicas: 2 } },
      /2 of 3 pods exist/,
    ],
    [
      'a StatefulSet with no updated pod above its partition',
      'StatefulSet',
      partitioned({ replicas: 3, readyReplicas: 3, updatedReplicas: 0 }),
      /0 of 1 pods are of the new template/,
    ],
    [
      'a StatefulSet with all pods above its partition updated',
      'StatefulSet',
      partitioned({ replicas: 3, readyReplicas: 3, updatedReplicas: 1 }),
      undefined,
    ],
    [
      'a DaemonSet with one node left to update',
      'DaemonSet',
      {
        ...seen,
        status: { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 },
      },
      /2 of 3 pods are of the new template/,
    ],
    [
      'a complete DaemonSet',
      'DaemonSet',
      {
        ...seen,
        status: { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
      },
      undefined,
    ],
    [
      'a DaemonSet that matches no node',
      'DaemonSet',
      { ...seen, status: { observedGeneration: 2, desiredNumberScheduled: 0 } },
      undefined,
    ],
    [
      'a failed Job without an observed generation',
      'Job',
      { metadata: { generation: 1 }, spec: {}, status: { conditions: [{ type: 'Failed', status: 'True' }] } },
      /the Job has failed/,
    ],
    [
      'a Job whose next pod is not ready',
      'Job',
      { metadata: { generation: 1 }, spec: { completions: 5, parallelism: 2 }, status: { succeeded: 3, ready: 1 } },
      /1 of 2 pods are ready/,
    ],
    [
      'a Job that runs its last pod',
      'Job',
      { metadata: { generation: 1 }, spec: { completions: 5, parallelism: 2 }, status: { succeeded: 4, ready: 1 } },
      undefined,
    ],
    [
      'a queue Job that is about to complete',
      'Job',
      { metadata: { generation: 1 }, spec: { parallelism: 3 }, status: { succeeded: 1, active: 1, ready: 1 } },
      undefined,
    ],
    [
      'a complete Job',
      'Job',
      {
        metadata: { generation: 1 },
        spec: {},
        status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] },
      },
      undefined,
    ],
  ])('returns what is missing, or undefined, for %s', (_, kind, object, missing) => {
    if (missing === undefined) expect(missingOf(kind, object as never)).toBeUndefined()
    else expect(missingOf(kind, object as never)).toMatch(missing)
  })
})
