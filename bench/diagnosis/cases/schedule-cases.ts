// Lists pods without a node, as schedulers of several versions word them.
import type { Case } from '../case.ts'
import { condition, fault, pod, said } from '../case.ts'

const PREEMPTION = ' preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.'
const pending = (message: string, more: Parameters<typeof pod>[0] = {}) =>
  pod({
    ...{ node: '', phase: 'Pending', age: 20 },
    conditions: [condition('PodScheduled', 'False', 20, { reason: 'Unschedulable', message })],
    ...more,
  })
const refused = (right: string, about: string, message: string): Case => fault(right, about, [pending(message)])

export const scheduleCases: readonly Case[] = [
  refused(
    'unschedulable_resources',
    'too little CPU everywhere',
    `0/5 nodes are available: 5 Insufficient cpu.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_resources',
    'memory, and the control plane',
    `0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient memory.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_resources',
    'no accelerator is free',
    `0/6 nodes are available: 2 Insufficient nvidia.com/gpu, 4 node(s) didn't match Pod's node affinity/selector.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_resources',
    'accelerators are behind a taint that is tolerated elsewhere',
    `0/8 nodes are available: 3 Insufficient nvidia.com/gpu, 5 node(s) had untolerated taint {team: data}.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_resources',
    'as many pods as a node may have',
    `0/2 nodes are available: 2 Too many pods.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_resources',
    'two resources at once',
    `0/3 nodes are available: 1 Insufficient memory, 3 Insufficient cpu.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_resources',
    'no room on the disks of the nodes',
    `0/3 nodes are available: 3 Insufficient ephemeral-storage.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_taint',
    'nodes of another team',
    `0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: batch}.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_taint',
    'full disks on all nodes',
    '0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  ),
  refused(
    'unschedulable_taint',
    'an old scheduler',
    "0/3 nodes are available: 3 node(s) had taint {gpu: true}, that the pod didn't tolerate.",
  ),
  refused(
    'unschedulable_taint',
    'the selected node is tainted',
    `0/9 nodes are available: 1 node(s) had untolerated taint {maintenance: now}, 8 node(s) didn't match Pod's node affinity/selector.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_taint',
    'nodes that are not ready',
    '0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.',
  ),
  refused(
    'unschedulable_affinity',
    'a label that no node has',
    `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_affinity',
    'more replicas than nodes',
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
  ),
  refused(
    'unschedulable_affinity',
    'anti-affinity of the others',
    "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.",
  ),
  refused(
    'unschedulable_affinity',
    'a selector of an old scheduler',
    "0/4 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 3 node(s) didn't match node selector.",
  ),
  refused(
    'unschedulable_topology',
    'a zone that has no room left for its share',
    `0/4 nodes are available: 4 node(s) didn't match pod topology spread constraints.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_topology',
    'a label of the topology that is missing',
    `0/4 nodes are available: 4 node(s) didn't match pod topology spread constraints (missing required label).${PREEMPTION}`,
  ),
  refused(
    'unschedulable_ports',
    'two pods for one host port',
    `0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_volume',
    'a claim that is not bound',
    '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  ),
  refused(
    'unschedulable_volume',
    'a disk in a zone without nodes',
    `0/6 nodes are available: 2 node(s) had volume node affinity conflict, 4 node(s) didn't match Pod's node affinity/selector.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_volume',
    'most nodes are of another pool',
    `0/12 nodes are available: 1 node(s) had volume node affinity conflict, 11 node(s) had untolerated taint {pool: batch}.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_volume',
    'as many disks as a node may have',
    `0/3 nodes are available: 3 node(s) exceed max volume count.${PREEMPTION}`,
  ),
  refused(
    'unschedulable_volume',
    'no volume that the claim could bind',
    "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
  ),
  refused(
    'claim_missing',
    'a claim that nobody made',
    '0/3 nodes are available: persistentvolumeclaim "web-data" not found. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  ),
  refused(
    'unschedulable_cordoned',
    'all nodes are being drained',
    `0/2 nodes are available: 2 node(s) were unschedulable.${PREEMPTION}`,
  ),
  refused(
    'unschedulable',
    'a reason that only an own plugin knows',
    '0/3 nodes are available: 3 node(s) rejected by plugin CapacityReservation.',
  ),
  fault(
    'unschedulable_resources',
    'only an event says it',
    (() => {
      const its = pod({ node: '', phase: 'Pending', age: 20 })
      return [
        its,
        said(its, 'FailedScheduling', '0/3 nodes are available: 3 Insufficient cpu.', { first: 19, count: 5 }),
      ]
    })(),
  ),
  fault('awaiting_preemption', 'others make room for it', [
    pending(`0/3 nodes are available: 3 Insufficient cpu.`, { age: 2, status: { nominatedNodeName: 'n2' } }),
  ]),
  fault('scheduling_gated', 'a queue that has not admitted it', [
    pod({
      ...{ node: '', phase: 'Pending', age: 20, spec: { schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] } },
      conditions: [
        condition('PodScheduled', 'False', 20, {
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        }),
      ],
    }),
  ]),
  fault('scheduler_silent', 'a scheduler that does not exist', [
    pod({ node: '', phase: 'Pending', age: 20, spec: { schedulerName: 'fast-scheduler' } }),
  ]),
  refused(
    'resource_claim_missing',
    'a claim of a device that nobody made',
    '0/3 nodes are available: 3 resourceclaim.resource.k8s.io "gpu" not found.',
  ),
  refused(
    'resource_claim_missing',
    'its template is missing',
    '0/5 nodes are available: waiting for dynamic resource controller to create the resourceclaim for pod "shop/web-7c9-abcde".',
  ),
  refused(
    'unschedulable_resources',
    'no node has the device that is claimed',
    '0/3 nodes are available: 3 cannot allocate all claims.',
  ),
]
