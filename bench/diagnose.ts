// What a diagnosis of a namespace costs as it grows: reading from memory, judging, and writing the answer. Prints a table.
// Run it by itself: `node bench/diagnose.ts [pods …]`.
import { availableParallelism, cpus } from 'node:os'
import type { ClusterReader } from '../src/server/kubernetes/cluster-reader.ts'
import { diagnose } from '../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Readable, ReadableKind } from '../src/server/kubernetes/diagnosis/snapshot.ts'
import { createIssueTracker } from '../src/server/kubernetes/issue-tracker.ts'
import { snapshotOfNamespace } from '../src/server/kubernetes/snapshot-of-namespace.ts'
import { diagnosisTools } from '../src/server/tools/diagnosis-tools.ts'
import { quantile } from './statistics.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const ROUNDS = 9
const PODS_A_SET = 20
const sizes = process.argv.slice(2).map(Number)

/** One pod in four is unwell, each with the events that such a pod has; the rest have what a start leaves behind. */
function clusterOf(pods: number): ClusterReader {
  const objects: { [K in ReadableKind]?: Readable[K][] } = {
    Namespace: [{ metadata: { name: 'shop', uid: 'shop' }, status: { phase: 'Active' } }],
    Node: Array.from({ length: Math.ceil(pods / 50) }, (_, node) => ({
      metadata: { name: `worker-${node}`, uid: `node-${node}` },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })),
    Pod: Array.from({ length: pods }, (_, pod) => podOf(pod)),
    Event: Array.from({ length: pods }, (_, pod) => eventsOf(pod)).flat(),
    ReplicaSet: Array.from({ length: Math.ceil(pods / PODS_A_SET) }, (_, set) => ({
      metadata: { name: `web-${set}`, namespace: 'shop', uid: `set-${set}`, ownerReferences: [] },
      spec: { replicas: PODS_A_SET, selector: { matchLabels: { set: `${set}` } } },
      status: { replicas: PODS_A_SET, readyReplicas: PODS_A_SET },
    })),
    Service: Array.from({ length: Math.ceil(pods / PODS_A_SET) }, (_, set) => ({
      metadata: { name: `web-${set}`, namespace: 'shop', uid: `service-${set}` },
      spec: { selector: { set: `${set}` } },
    })),
    EndpointSlice: [],
  }
  return {
    list: async (kind) => (objects[kind] ?? []) as never,
    get: async (kind, _, name) => (objects[kind] ?? []).find(({ metadata }) => metadata?.name === name) as never,
  }
}

const isUnwell = (pod: number) => pod % 4 === 0

function podOf(pod: number): Readable['Pod'] {
  const state = isUnwell(pod)
    ? { waiting: { reason: 'CrashLoopBackOff' } }
    : { running: { startedAt: new Date(NOW - 6e6) } }
  const last = { terminated: { exitCode: 1, reason: 'Error', finishedAt: new Date(NOW - 90_000) } }
  return {
    metadata: {
      name: `web-${pod}`,
      namespace: 'shop',
      uid: `pod-${pod}`,
      labels: { app: 'web', set: `${Math.floor(pod / PODS_A_SET)}` },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `web-${Math.floor(pod / PODS_A_SET)}`,
          uid: `set-${Math.floor(pod / PODS_A_SET)}`,
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: `worker-${Math.floor(pod / 50)}`,
      containers: [{ name: 'web', image: 'web:1', env: [{ name: 'DATABASE_URL', value: 'postgres://db/shop' }] }],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'PodScheduled', status: 'True' }],
      containerStatuses: [
        {
          name: 'web',
          image: 'web:1',
          imageID: '',
          ready: !isUnwell(pod),
          restartCount: isUnwell(pod) ? 9 : 0,
          state,
          ...(isUnwell(pod) && { lastState: last }),
        },
      ],
    },
  }
}

function eventsOf(pod: number): Readable['Event'][] {
  const reasons = isUnwell(pod) ? ['Scheduled', 'Pulled', 'Started', 'BackOff'] : ['Scheduled', 'Pulled', 'Started']
  return reasons.map((reason, index) => ({
    metadata: { name: `web-${pod}.${reason}` },
    reason,
    message: reason === 'BackOff' ? `Back-off restarting failed container web in pod web-${pod}_shop` : reason,
    count: 3,
    lastTimestamp: new Date(NOW - 60_000 * (5 - index)),
    involvedObject: {
      kind: 'Pod',
      name: `web-${pod}`,
      namespace: 'shop',
      uid: `pod-${pod}`,
      fieldPath: 'spec.containers{web}',
    },
  }))
}

console.log(
  `Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}; medians of ${ROUNDS} rounds.\n`,
)
console.log(
  '| pods | findings | judging, ms | the whole tool, ms | of it CPU, ms | CPU µs a pod | answer, KiB | heap, MiB |',
)
console.log('|---:|---:|---:|---:|---:|---:|---:|---:|')
for (const pods of sizes.length > 0 ? sizes : [200, 2000, 20_000]) {
  const reader = clusterOf(pods)
  const tool = diagnosisTools(reader, createIssueTracker(), () => NOW).find(({ name }) => name === 'diagnose_namespace')
  if (tool === undefined) throw new Error('there is no diagnose_namespace')
  const judging: number[] = []
  const whole: number[] = []
  const cpu: number[] = []
  const heap: number[] = []
  let findings = 0
  let answer = 0
  for (let round = -2; round < ROUNDS; round += 1) {
    const snapshot = await snapshotOfNamespace(reader, 'shop')
    const judgedAt = performance.now()
    findings = diagnose(snapshot, NOW).findings.length
    const judged = performance.now() - judgedAt
    const before = process.memoryUsage().heapUsed
    const calledAt = performance.now()
    const cpuAt = process.cpuUsage()
    const result = await tool.run(
      { namespace: 'shop', min_severity: 'info', limit: 10 },
      { signal: new AbortController().signal },
    )
    answer = JSON.stringify(result).length
    const called = performance.now() - calledAt
    const { user, system } = process.cpuUsage(cpuAt)
    if (round < 0) continue
    judging.push(judged)
    whole.push(called)
    cpu.push((user + system) / 1000)
    heap.push(Math.max(0, process.memoryUsage().heapUsed - before))
  }
  // Every fourth pod, and every Service: none of them has an endpoint.
  const expected = Math.ceil(pods / 4) + Math.ceil(pods / PODS_A_SET)
  if (findings !== expected) throw new Error(`${findings} findings in ${pods} pods, not ${expected}`)
  const spent = quantile(cpu, 0.5)
  const cells = [
    pods,
    findings,
    quantile(judging, 0.5).toFixed(1),
    quantile(whole, 0.5).toFixed(1),
    spent.toFixed(1),
    ((spent / pods) * 1000).toFixed(1),
    (answer / 1024).toFixed(1),
    (quantile(heap, 0.5) / 2 ** 20).toFixed(1),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
