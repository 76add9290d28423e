// A number of pods in, a cluster of that size out: for benchmarks. Every twentieth pod crashes; nothing controls them, so that
// the cluster stays as it is.
import type { ObjectStore } from '../../../src/server/simulated/object-store.ts'
import type { Draft } from '../../../src/server/simulated/served-resources.ts'
import { wireTime } from '../../../src/server/simulated/wire.ts'

export interface ManyPods {
  readonly pods: number
  /** @default 1 */
  readonly namespaces?: number
}

const PODS_A_NODE = 100

/** Fills a store with namespaces `load-0`, `load-1` …, nodes, pods, and an event for each pod that crashes. */
export function fillWithPods(store: ObjectStore, { pods, namespaces = 1 }: ManyPods, now: number): void {
  for (let at = 0; at < namespaces; at++) {
    store.create('namespaces', { metadata: { name: `load-${at}` }, status: { phase: 'Active' } })
  }
  for (let at = 0; at < Math.ceil(pods / PODS_A_NODE); at++) {
    const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }]
    store.create('nodes', { metadata: { name: `node-${at}` }, status: { conditions } })
  }
  for (let at = 0; at < pods; at++) {
    const namespace = `load-${at % namespaces}`
    const name = `app-${String(at).padStart(6, '0')}`
    const crashing = at % 20 === 0
    const pod = store.create(
      'pods',
      podDraft(name, namespace, { node: `node-${Math.floor(at / PODS_A_NODE)}`, crashing, now }),
    )
    if (crashing) store.create('events', crashEvent(name, namespace, pod.metadata.uid, now))
  }
}

interface PodShape {
  readonly node: string
  readonly crashing: boolean
  readonly now: number
}

function podDraft(name: string, namespace: string, { node, crashing, now }: PodShape): Draft<'pods'> {
  const since = wireTime(now - 7_200_000)
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: since,
  })
  const image = 'registry.example/app:1.0.0'
  const terminated = { exitCode: 1, reason: 'Error', startedAt: since, finishedAt: wireTime(now - 60_000) }
  return {
    metadata: {
      name,
      namespace,
      creationTimestamp: since,
      labels: { app: 'app', 'app.kubernetes.io/name': 'app', 'pod-template-hash': '5d8c7b9f6d' },
    },
    spec: {
      nodeName: node,
      restartPolicy: 'Always',
      containers: [
        {
          name: 'app',
          image,
          env: [{ name: 'MODE', value: 'production' }],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        },
      ],
    },
    status: {
      phase: 'Running',
      hostIP: '10.0.0.1',
      podIP: '10.244.0.1',
      startTime: since,
      conditions: [
        condition('Initialized', true),
        condition('Ready', !crashing),
        condition('ContainersReady', !crashing),
        condition('PodScheduled', true),
      ],
      containerStatuses: [
        {
          name: 'app',
          image,
          imageID: 'registry.example/app@sha256:0',
          ready: !crashing,
          started: !crashing,
          restartCount: crashing ? 27 : 0,
          state: crashing
            ? { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' } }
            : { running: { startedAt: since } },
          lastState: crashing ? { terminated } : {},
        },
      ],
    },
  }
}

function crashEvent(name: string, namespace: string, uid: string, now: number): Draft<'events'> {
  return {
    metadata: { name: `${name}.1`, namespace, creationTimestamp: wireTime(now - 3_000_000) },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
    type: 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container app in pod ${name}`,
    count: 27,
    firstTimestamp: wireTime(now - 3_000_000),
    lastTimestamp: wireTime(now - 60_000),
    source: { component: 'kubelet' },
  }
}
