// Lists objects with no problem, some of which look as if they had one, and objects that are too young to be judged.
import type { Case } from '../case.ts'
import { ago, condition, ended, object, pod, podIn, quiet, running, said, waiting } from '../case.ts'
import { node } from './ended-cases.ts'

const deployed = (age: number, available: string, progressing: string, minutes: number) =>
  object('Deployment', 'web', {
    metadata: { creationTimestamp: ago(age) },
    spec: { replicas: 3 },
    status: {
      replicas: 3,
      conditions: [
        condition('Available', available, minutes, { reason: 'R' }),
        condition('Progressing', 'True', minutes, { reason: progressing }),
      ],
    },
  })
const scaler = (age: number, ...conditions: readonly object[]) =>
  object('HorizontalPodAutoscaler', 'web', {
    metadata: { creationTimestamp: ago(age) },
    spec: { maxReplicas: 5 },
    status: { conditions },
  })
const claim = (age: number, phase: string) =>
  object('PersistentVolumeClaim', 'data', { metadata: { creationTimestamp: ago(age) }, spec: {}, status: { phase } })
const stale = podIn(running(300), { age: 400 })

export const healthyCases: readonly Case[] = [
  quiet('runs and is ready', pod()),
  quiet(
    'a pod that was restarted once, days ago',
    podIn(running(3000), { age: 9000, restarts: 1, last: ended(1, 3001) }),
  ),
  quiet(
    'events of the start that have been overcome',
    stale,
    said(
      stale,
      'FailedMount',
      'MountVolume.SetUp failed for volume "kube-api-access" : failed to sync configmap cache',
      { minutes: 40 },
    ),
  ),
  quiet(
    'a readiness probe that failed while it started',
    stale,
    said(stale, 'Unhealthy', 'Readiness probe failed: dial tcp 10.244.1.2:8080: connect: connection refused', {
      minutes: 50,
      container: 'app',
    }),
  ),
  quiet(
    'a pod that was scheduled at the second attempt',
    stale,
    said(stale, 'FailedScheduling', '0/3 nodes are available: 3 Insufficient cpu.', { minutes: 55 }),
  ),
  quiet('a batch pod that has done its work', pod({ phase: 'Succeeded', containers: [{ state: ended(0, 30) }] })),
  quiet(
    'init containers that have done their work',
    pod({ init: [{ name: 'migrate', state: ended(0, 50), ready: true }] }),
  ),
  quiet('a native sidecar that runs', pod({ init: [{ name: 'proxy', spec: { restartPolicy: 'Always' } }] })),
  quiet(
    'a stale reason of a pod that runs and is ready',
    pod({ status: { reason: 'NodeLost', conditions: [condition('Ready', 'True', 300)] } }),
  ),
  quiet(
    'a pod that is being deleted, within its time',
    pod({ metadata: { deletionTimestamp: ago(-0.3), deletionGracePeriodSeconds: 30 } }),
  ),
  quiet('a Deployment that is complete', deployed(900, 'True', 'NewReplicaSetAvailable', 800)),
  quiet(
    'a Deployment that is scaled to zero',
    object('Deployment', 'web', {
      spec: { replicas: 0 },
      status: { conditions: [condition('Available', 'False', 300)] },
    }),
  ),
  quiet(
    'an old revision with no pods',
    object('ReplicaSet', 'web-old', {
      metadata: { ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd', controller: true }] },
      spec: { replicas: 0 },
      status: { replicas: 0 },
    }),
  ),
  quiet(
    'a StatefulSet that is complete',
    object('StatefulSet', 'db', { spec: { replicas: 3 }, status: { replicas: 3, readyReplicas: 3 } }),
  ),
  quiet(
    'a DaemonSet for which no node is wanted',
    object('DaemonSet', 'gpu-agent', { status: { desiredNumberScheduled: 0, numberAvailable: 0 } }),
  ),
  quiet(
    'a Job that has done its work',
    object('Job', 'import', {
      spec: {},
      status: { succeeded: 1, completionTime: ago(30), conditions: [condition('Complete', 'True', 30)] },
    }),
  ),
  quiet(
    'a Job that succeeded at the second attempt',
    object('Job', 'import', {
      spec: {},
      status: { failed: 1, succeeded: 1, completionTime: ago(30), conditions: [condition('Complete', 'True', 30)] },
    }),
  ),
  quiet(
    'a CronJob that has just started a Job',
    object('CronJob', 'report', {
      spec: { schedule: '0 * * * *' },
      status: { lastScheduleTime: ago(1), lastSuccessfulTime: ago(58) },
    }),
  ),
  quiet('a bound claim', claim(900, 'Bound')),
  quiet(
    'a claim that waits for its first consumer',
    claim(900, 'Pending'),
    said(claim(900, 'Pending'), 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding', {
      count: 200,
      first: 800,
    }),
  ),
  quiet(
    'a Service for objects outside the cluster',
    object('Service', 'db', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
  ),
  quiet('a Service without a selector', object('Service', 'db', { spec: {} })),
  quiet(
    'an autoscaler at work',
    scaler(
      900,
      condition('AbleToScale', 'True', 900),
      condition('ScalingActive', 'True', 900),
      condition('ScalingLimited', 'False', 900),
    ),
  ),
  quiet(
    'an autoscaler at its minimum',
    scaler(900, condition('ScalingLimited', 'True', 900, { reason: 'TooFewReplicas' })),
  ),
  quiet(
    'an autoscaler of what is scaled to zero',
    scaler(900, condition('ScalingActive', 'False', 900, { reason: 'ScalingDisabled' })),
  ),
  quiet(
    'a budget that leaves room',
    object('PodDisruptionBudget', 'web', {
      status: { disruptionsAllowed: 1, expectedPods: 3, currentHealthy: 3, desiredHealthy: 2 },
    }),
  ),
  quiet(
    'a budget of no pods',
    object('PodDisruptionBudget', 'web', { status: { disruptionsAllowed: 0, expectedPods: 0 } }),
  ),
  quiet(
    'a quota with room, and one of zero',
    object('ResourceQuota', 'q', {
      status: { hard: { pods: '10', 'count/secrets': '0' }, used: { pods: '9', 'count/secrets': '0' } },
    }),
  ),
  quiet('a node that is well', node('n1')),
  quiet(
    'a Service with a load balancer',
    object('Service', 'edge', {
      spec: { type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
    }),
  ),
  quiet(
    'a node with a problem detector',
    node('n1', { KernelDeadlock: 'False', FrequentKubeletRestart: 'False', StorageReady: 'True' }),
  ),
  quiet(
    'a CronJob whose last run succeeded',
    object('CronJob', 'backup', { spec: {}, status: { lastScheduleTime: ago(600), lastSuccessfulTime: ago(598) } }),
  ),
  quiet('a namespace in use', object('Namespace', 'shop', { status: { phase: 'Active' } })),
]

export const youngCases: readonly Case[] = [
  quiet('a pod of ten seconds without a node', pod({ node: '', phase: 'Pending', age: 0.2 })),
  quiet('a pod that is being created', podIn(waiting('ContainerCreating'), { age: 1 })),
  quiet('a pod that pulls a large image', podIn(waiting('ContainerCreating'), { age: 4 })),
  quiet(
    'an init container that has just started',
    pod({
      age: 1,
      phase: 'Pending',
      init: [{ name: 'migrate', state: running(0.8), ready: false }],
      containers: [{ state: waiting('PodInitializing') }],
    }),
  ),
  quiet(
    'a container that is not ready yet',
    podIn(running(0.5), { age: 1, ready: false, spec: { readinessProbe: {} } }),
  ),
  quiet('a Deployment of a minute and a half', deployed(1.5, 'False', 'ReplicaSetUpdated', 1.5)),
  quiet('a Deployment that has just lost its pods', deployed(900, 'False', 'NewReplicaSetAvailable', 1)),
  quiet(
    'a StatefulSet of three seconds',
    object('StatefulSet', 'db', {
      metadata: { creationTimestamp: ago(0.05) },
      spec: { replicas: 3 },
      status: { replicas: 1 },
    }),
  ),
  quiet(
    'a DaemonSet of a minute',
    object('DaemonSet', 'agent', {
      metadata: { creationTimestamp: ago(1) },
      status: { desiredNumberScheduled: 3, numberAvailable: 0 },
    }),
  ),
  quiet(
    'a ReplicaSet of a minute',
    object('ReplicaSet', 'alone', {
      metadata: { creationTimestamp: ago(1) },
      spec: { replicas: 3 },
      status: { replicas: 3 },
    }),
  ),
  quiet(
    'an autoscaler of 45 seconds',
    scaler(0.75, condition('ScalingActive', 'False', 0.5, { reason: 'FailedGetResourceMetric' })),
  ),
  quiet(
    'a Service of a minute',
    object('Service', 'web', { metadata: { creationTimestamp: ago(1) }, spec: { selector: { app: 'web' } } }),
  ),
  quiet(
    'a load balancer that is being made',
    object('Service', 'edge', { metadata: { creationTimestamp: ago(3) }, spec: { type: 'LoadBalancer' }, status: {} }),
  ),
  quiet('a claim of two minutes', claim(2, 'Pending')),
  quiet(
    'a budget of a minute',
    object('PodDisruptionBudget', 'web', {
      metadata: { creationTimestamp: ago(1) },
      status: { disruptionsAllowed: 0, expectedPods: 3, currentHealthy: 0, desiredHealthy: 2 },
    }),
  ),
  quiet(
    'a node that has just joined',
    node('n9', { Ready: 'False' }, 1, 'KubeletNotReady', 'cni plugin not initialized'),
  ),
]
