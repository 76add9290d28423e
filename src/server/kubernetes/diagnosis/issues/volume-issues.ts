// Pods that have a node but are held up before their containers start: volumes and network.

import type { ContainerView } from '../container-view.ts'
import { containerEvidence } from '../container-view.ts'
import type { EventView } from '../event-view.ts'
import { eventEvidence } from '../event-view.ts'
import { time } from '../field.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import { configReference } from './config-reference.ts'
import { MINUTE } from './crashing.ts'
import { holdUps, isHeldUp, isLost, pastSandboxAt, sandboxLoop, servedAt } from './held-up.ts'

/** How long volumes, network and a small image may take. */
const PATIENCE = 5 * MINUTE
/** What else shows on a pod that is held up: after a reboot its containers have ended. */
const HELD_UP = ['stuck_creating', 'container_exit_error', 'init_container_failing'] as const

function fromEvents(
  issue: Pick<IssueRule, 'id' | 'title' | 'cause' | 'next' | 'detection' | 'explains'>,
  choose: (pod: PodView) => readonly EventView[],
): IssueRule {
  return defineIssue({
    ...issue,
    detection: `${issue.detection} An event counts only if no image pull started and no sandbox became ready after it.`,
    severity: 'critical',
    of: ['Pod'],
    fields: ['events[].message'],
    detect(pod) {
      const [latest] = choose(pod)
      return latest === undefined ? [] : [{ evidence: [eventEvidence(latest, { quote: true })] }]
    },
  })
}

const MULTI_ATTACH = /Multi-Attach error/
const VOLUME = /for volume "([^"]+)"/

/** Of volumes that have not been attached since. */
function attachFailures(pod: PodView): readonly EventView[] {
  const attached = eventsOf(pod, 'SuccessfulAttachVolume', VOLUME)
  return holdUps(pod, 'FailedAttachVolume').filter(
    ({ message, last }) =>
      !attached.some((since) => since.last >= last && VOLUME.exec(since.message)?.[1] === VOLUME.exec(message)?.[1]),
  )
}

const TIMED_OUT = /timed out waiting|context deadline exceeded|DeadlineExceeded/

export const volumeIssues = [
  fromEvents(
    {
      id: 'volume_multi_attach',
      title: 'Volume is still attached to another node',
      detection:
        'The start of a pod is held up, and an event FailedAttachVolume says "Multi-Attach error" for a volume that has not been attached since.',
      cause:
        'The volume can be attached to one node at a time, and another node still has it, because an old pod still exists or its node is lost.',
      next: {
        tool: 'list_pods',
        text: 'Find the pod that still uses the volume. A Deployment with such a volume needs the strategy Recreate.',
        remediation: 'delete_pod',
      },
      explains: ['volume_mount_timeout', 'volume_attach_failed', ...HELD_UP],
    },
    (pod) => attachFailures(pod).filter(({ message }) => MULTI_ATTACH.test(message)),
  ),
  fromEvents(
    {
      id: 'volume_attach_failed',
      title: 'Volume cannot be attached',
      detection:
        'The start of a pod is held up, and an event FailedAttachVolume says something other than "Multi-Attach error" for a volume that has not been attached since.',
      cause:
        'The volume cannot be attached to the node: it no longer exists, it is in another zone, or the storage driver fails.',
      next: {
        tool: 'list_events',
        text: 'Read the events of the pod and of its claims, then the log of the storage driver.',
      },
      explains: ['volume_mount_timeout', ...HELD_UP],
    },
    (pod) => attachFailures(pod).filter(({ message }) => !MULTI_ATTACH.test(message)),
  ),
  fromEvents(
    {
      id: 'volume_mount_failed',
      title: 'Volume cannot be mounted',
      detection:
        'The start of a pod is held up, and an event FailedMount gives a reason other than a timeout or missing configuration.',
      cause:
        'The volume exists but cannot be mounted on the node, because of its file system, permissions, an unregistered driver or an unreachable storage server.',
      next: {
        tool: 'list_events',
        text: 'Read the kubelet message about the mount, and check the storage driver on that node.',
      },
      explains: ['volume_mount_timeout', ...HELD_UP],
    },
    (pod) =>
      holdUps(pod, /^(FailedMount|FailedMapVolume)$/).filter(
        ({ message }) => !TIMED_OUT.test(message) && configReference(message) === undefined,
      ),
  ),
  fromEvents(
    {
      id: 'volume_mount_timeout',
      title: 'Volume mount times out',
      detection: 'The start of a pod is held up, and events FailedMount report only a timeout.',
      cause: 'The kubelet waits for a volume that is neither attached nor mounted, and no event gives a reason.',
      next: {
        tool: 'list_events',
        text: 'Check the claims of the pod, the storage driver on its node, and other pods with volumes on that node.',
      },
      explains: HELD_UP,
    },
    (pod) => holdUps(pod, 'FailedMount', TIMED_OUT),
  ),
  fromEvents(
    {
      id: 'sandbox_failed',
      title: 'Pod sandbox or network cannot be created',
      detection:
        'A pod is held up before its start, and an event FailedCreatePodSandBox (or NetworkNotReady) says why; or its sandbox was changed three times or more and no container started since.',
      cause:
        'The node cannot set up the pod: its network plugin fails or has no free addresses, or the runtime class does not exist.',
      next: {
        tool: 'list_nodes',
        text: 'Check whether other pods on the node fail in the same way, and check the network plugin there.',
      },
      explains: HELD_UP,
    },
    (pod) => {
      const failed = holdUps(pod, /^(FailedCreatePodSandBox|FailedPodSandBoxStatus|NetworkNotReady)$/)
      return failed.length > 0 ? failed : sandboxLoop(pod)
    },
  ),
  defineIssue({
    id: 'stuck_creating',
    title: 'Pod creation makes no progress',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A pod on a node has made no progress towards starting a container for more than five minutes since its last step (its start, its sandbox, an init container or the start of a pull), and no event gives a reason.',
    fields: [
      'status.startTime',
      'spec.nodeName',
      'status.containerStatuses[].state.terminated.finishedAt',
      'status.containerStatuses[].state.running.startedAt',
    ],
    cause:
      'The kubelet has accepted the pod but makes no progress, because of a slow pull, a volume or the network. The events have expired or were never sent.',
    next: { tool: 'list_events', text: 'Read the events of the pod, then check its node.' },
    explains: ['container_exit_error'],
    detect(pod, cluster) {
      const start = time(pod.raw.status?.startTime)
      const gone = pod.containers.filter(({ state }) => state.phase === 'terminated')
      const untouched = gone.every((container) => servedAt(container) !== undefined || isLost(container))
      if (!isHeldUp(pod) || start === undefined || !untouched) return []
      const before = pod.containers.flatMap(stepBefore)
      // A pull that began a moment ago has not lasted as long as the mounts before it.
      const since = Math.max(start, pastSandboxAt(pod) ?? start, ...before.map(({ at }) => at))
      if (cluster.now - since <= PATIENCE) return []
      return [
        {
          evidence: [
            { field: 'status.startTime', value: new Date(start).toISOString() },
            { field: 'spec.nodeName', value: pod.node },
            ...before.map(({ container, field, at }) =>
              containerEvidence(container, field, new Date(at).toISOString()),
            ),
          ],
        },
      ]
    },
  }),
]

function stepBefore(container: ContainerView) {
  const at = servedAt(container)
  const field = container.state.phase === 'terminated' ? 'state.terminated.finishedAt' : 'state.running.startedAt'
  return at === undefined ? [] : [{ container, field, at }]
}
