import { expect, test } from 'vitest'
import { missingOf } from '../../../../../src/server/kubernetes/remediation/rollout-state.ts'

const seen = { metadata: { generation: 2 } }

const partitioned = (status: object) => ({
  ...seen,
  spec: { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
  status: { observedGeneration: 2, currentRevision: 'a', updateRevision: 'b', ...status },
})

test.each<[string, Parameters<typeof missingOf>[0], object, RegExp | undefined]>([
  [
    'a Deployment that its controller has not seen',
    'Deployment',
    {
      ...seen,
      spec: { replicas: 1 },
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    },
    /not seen the change/,
  ],
  [
    'a Deployment with old pods',
    'Deployment',
    {
      ...seen,
      spec: { replicas: 2 },
      status: { observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 3 },
    },
    /1 pods of the old template are left/,
  ],
  [
    'a Deployment whose new pods are not available',
    'Deployment',
    { ...seen, spec: { replicas: 2 }, status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2 } },
    /0 of 2 pods are available/,
  ],
  [
    'a Deployment that is all there',
    'Deployment',
    {
      ...seen,
      spec: { replicas: 2 },
      status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    },
    undefined,
  ],
  [
    'a Deployment scaled to nothing',
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
    'a StatefulSet with pods to come',
    'StatefulSet',
    { ...seen, spec: { replicas: 3 }, status: { observedGeneration: 2, replicas: 2, readyReplicas: 2 } },
    /2 of 3 pods are there/,
  ],
  [
    'a StatefulSet none of whose pods above the partition was replaced',
    'StatefulSet',
    partitioned({ replicas: 3, readyReplicas: 3, updatedReplicas: 0 }),
    /0 of 1 pods are of the new template/,
  ],
  [
    'a StatefulSet that is new above its partition',
    'StatefulSet',
    partitioned({ replicas: 3, readyReplicas: 3, updatedReplicas: 1 }),
    undefined,
  ],
  [
    'a DaemonSet with one node to go',
    'DaemonSet',
    {
      ...seen,
      status: { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 },
    },
    /2 of 3 pods are of the new template/,
  ],
  [
    'a DaemonSet that is everywhere',
    'DaemonSet',
    {
      ...seen,
      status: { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
    },
    undefined,
  ],
  [
    'a DaemonSet for no node',
    'DaemonSet',
    { ...seen, status: { observedGeneration: 2, desiredNumberScheduled: 0 } },
    undefined,
  ],
  [
    'a Job that has failed, which has a generation that nobody says to have seen',
    'Job',
    { metadata: { generation: 1 }, spec: {}, status: { conditions: [{ type: 'Failed', status: 'True' }] } },
    /the Job has failed/,
  ],
  [
    'a Job that waits with its next pod',
    'Job',
    { metadata: { generation: 1 }, spec: { completions: 5, parallelism: 2 }, status: { succeeded: 3, ready: 1 } },
    /1 of 2 pods are ready/,
  ],
  [
    'a Job at its last pod',
    'Job',
    { metadata: { generation: 1 }, spec: { completions: 5, parallelism: 2 }, status: { succeeded: 4, ready: 1 } },
    undefined,
  ],
  [
    'a Job of a queue that comes to its end',
    'Job',
    { metadata: { generation: 1 }, spec: { parallelism: 3 }, status: { succeeded: 1, active: 1, ready: 1 } },
    undefined,
  ],
  [
    'a Job that is complete',
    'Job',
    {
      metadata: { generation: 1 },
      spec: {},
      status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] },
    },
    undefined,
  ],
])('%s', (_, kind, object, missing) => {
  if (missing === undefined) expect(missingOf(kind, object as never)).toBeUndefined()
  else expect(missingOf(kind, object as never)).toMatch(missing)
})
