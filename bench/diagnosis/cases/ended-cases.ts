// Lists pods that a node, the scheduler or the kubelet has ended, and nodes with problems.
import type { Case } from '../case.ts'
import { condition, ended, fault, object, pod } from '../case.ts'

const failed = (
  right: string,
  about: string,
  reason: string,
  message: string,
  more: Parameters<typeof pod>[0] = {},
): Case =>
  fault(right, about, [
    pod({ phase: 'Failed', containers: [{ state: ended(137, 5) }], status: { reason, message }, ...more }),
  ])
const disrupted = (right: string, about: string, reason: string, message: string): Case =>
  fault(right, about, [
    pod({
      phase: 'Failed',
      containers: [{ state: ended(137, 5) }],
      conditions: [condition('DisruptionTarget', 'True', 5, { reason, message })],
    }),
  ])
const HEALTHY = { MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', Ready: 'True' }
export const node = (
  name: string,
  statuses: Readonly<Record<string, string>> = {},
  age = 9000,
  reason = 'R',
  message = '',
) =>
  object('Node', name, {
    metadata: { creationTimestamp: new Date(Date.parse('2026-11-20T12:00:00Z') - age * 60_000).toISOString() },
    status: {
      conditions: Object.entries({ ...HEALTHY, ...statuses }).map(([type, status]) =>
        condition(type, status, 10, { reason, message }),
      ),
    },
  })

export const endedCases: readonly Case[] = [
  failed(
    'evicted_memory',
    'the node ran out of memory',
    'Evicted',
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 81364Ki. Container app was using 1932Mi, request is 0, has larger consumption of memory. ',
  ),
  failed('evicted_memory', 'an older kubelet', 'Evicted', 'The node was low on resource: [MemoryPressure]. '),
  failed(
    'evicted_storage',
    'an emptyDir above its limit',
    'Evicted',
    'Usage of EmptyDir volume "cache" exceeds the limit "1Gi". ',
  ),
  failed(
    'evicted_storage',
    'logs above the limit',
    'Evicted',
    'Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. ',
  ),
  failed(
    'evicted_storage',
    'a full disk of the node',
    'Evicted',
    'The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi. Container app was using 31Gi, request is 0, has larger consumption of ephemeral-storage. ',
  ),
  failed(
    'evicted_node_pressure',
    'too many processes',
    'Evicted',
    'The node was low on resource: pids. Threshold quantity: 500, available: 12. ',
  ),
  disrupted(
    'evicted_memory',
    'only the condition says it',
    'TerminationByKubelet',
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 40Mi. ',
  ),
  disrupted(
    'evicted_taint',
    'a node that was tainted',
    'DeletionByTaintManager',
    'Taint manager: deleting due to NoExecute taint',
  ),
  disrupted(
    'preempted',
    'a more important pod came',
    'PreemptionByScheduler',
    'default-scheduler: preempting to accommodate a higher priority pod',
  ),
  failed(
    'preempted',
    'the kubelet made room for a critical pod',
    'Preempting',
    'Preempted in order to admit critical pod',
  ),
  failed(
    'node_lost',
    'an old cluster: the node does not report',
    'NodeLost',
    'Node n1 which was running pod web is unresponsive',
    { phase: 'Running', containers: [{}] },
  ),
  disrupted('node_lost', 'the machine was deleted', 'DeletionByPodGC', 'PodGC: node no longer exists'),
  failed(
    'node_shutdown',
    'a spot machine was taken away',
    'Terminated',
    'Pod was terminated in response to imminent node shutdown.',
  ),
  failed(
    'node_shutdown',
    'a pod that came during the shutdown',
    'NodeShutdown',
    'Pod was rejected as the node is shutting down.',
  ),
  failed(
    'kubelet_refused',
    'a device that is not healthy',
    'UnexpectedAdmissionError',
    'Pod was rejected: Allocate failed due to no healthy devices present; cannot allocate unhealthy devices nvidia.com/gpu, which is unexpected',
  ),
  failed(
    'kubelet_refused',
    'labels of the node that changed',
    'NodeAffinity',
    "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  ),
  failed(
    'kubelet_refused',
    'two schedulers for one node',
    'OutOfcpu',
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
  ),
  failed(
    'kubelet_refused',
    'cores that are not next to each other',
    'TopologyAffinityError',
    'Pod was rejected: Resources cannot be allocated with Topology locality',
  ),
  fault('node_not_ready', 'a container runtime that is down', [
    pod(),
    node('n1', { Ready: 'False' }, 9000, 'KubeletNotReady', 'container runtime is down'),
  ]),
  fault('node_unreachable', 'a machine that is off', [
    node(
      'n1',
      { Ready: 'Unknown', MemoryPressure: 'Unknown', DiskPressure: 'Unknown', PIDPressure: 'Unknown' },
      9000,
      'NodeStatusUnknown',
      'Kubelet stopped posting node status.',
    ),
  ]),
  fault('node_memory_pressure', 'a node short of memory', [
    pod(),
    node(
      'n1',
      { MemoryPressure: 'True' },
      9000,
      'KubeletHasInsufficientMemory',
      'kubelet has insufficient memory available',
    ),
  ]),
  fault('node_disk_pressure', 'a node full of images', [
    pod(),
    node('n1', { DiskPressure: 'True' }, 9000, 'KubeletHasDiskPressure', 'kubelet has disk pressure'),
  ]),
  fault('node_pid_pressure', 'a pod that forks without end', [
    pod(),
    node('n1', { PIDPressure: 'True' }, 9000, 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available'),
  ]),
  fault('node_network_unavailable', 'a cloud without a route to the node', [
    pod(),
    node('n1', { NetworkUnavailable: 'True' }, 9000, 'NoRouteCreated', 'Node created without a route'),
  ]),
  fault('node_problem', 'a disk that the kernel has made read-only', [
    pod(),
    node(
      'n1',
      { ReadonlyFilesystem: 'True', KernelDeadlock: 'False' },
      9000,
      'FilesystemIsReadOnly',
      'EXT4-fs (vda1): Remounting filesystem read-only',
    ),
  ]),
  fault('node_problem', 'a GPU that the agent of a cloud reports', [
    node(
      'n1',
      { AcceleratedHardwareReady: 'False', StorageReady: 'True' },
      9000,
      'NvidiaXID79Error',
      'GPU has fallen off the bus',
    ),
  ]),
  fault('pod_resize_pending', 'more memory than the node has', [
    pod({
      conditions: [
        condition('PodResizePending', 'True', 30, {
          reason: 'Infeasible',
          message: "Node didn't have enough capacity: memory",
        }),
      ],
    }),
  ]),
]
