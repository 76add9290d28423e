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
    detection: `${issue.detection} An event counts only as long as no image is pulled and no sandbox becomes ready after it.`,
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
        'A pod is held up before its start, and an event FailedAttachVolume says "Multi-Attach error" of a volume that has not been attached since.',
      cause:
        'The volume can be attached to one node at a time, and another node still has it: an old pod is not gone, or its node is lost.',
      next: {
        tool: 'list_pods',
        text: 'Find the pod that still uses the volume; a rolling update of a Deployment with such a volume needs the strategy Recreate.',
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
        'A pod is held up before its start, and an event FailedAttachVolume says another thing than "Multi-Attach error", of a volume that has not been attached since.',
      cause:
        'The volume cannot be attached to the node: it does not exist any more, is in another zone, or the storage driver fails.',
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
        'A pod is held up before its start, and an event FailedMount says why; not that time ran out, nor that configuration is missing.',
      cause:
        'The volume is there but cannot be mounted on the node: a file system, permissions, a driver that is not registered, or a server that is not reached.',
      next: {
        tool: 'list_events',
        text: 'Read what the kubelet says about the mount; look at the storage driver on that node.',
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
      title: 'Volume is not mounted in time',
      detection: 'A pod is held up before its start, and events FailedMount say only that time ran out.',
      cause: 'The kubelet waits for a volume that is neither attached nor mounted, and nothing says why.',
      next: {
        tool: 'list_events',
        text: 'Look at the claims of the pod, the storage driver on its node, and other pods with volumes there.',
      },
      explains: HELD_UP,
    },
    (pod) => holdUps(pod, 'FailedMount', TIMED_OUT),
  ),
  fromEvents(
    {
      id: 'sandbox_failed',
      title: 'Network or sandbox of the pod cannot be made',
      detection:
        'A pod is held up before its start, and an event FailedCreatePodSandBox (or NetworkNotReady) says why; or its sandbox was changed three times or more and no container started since.',
      cause:
        'The node cannot set up the pod: its network plugin fails or has no addresses left, or the runtime class is not there.',
      next: {
        tool: 'list_nodes',
        text: 'See whether other pods on the node fail alike; look at the network plugin there.',
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
    title: 'Pod does not get as far as starting',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A pod has been held up on its node before the start of a container for more than five minutes, since its last step (its start, its sandbox, an init container, the begin of a pull), and no event says why.',
    fields: [
      'status.startTime',
      'spec.nodeName',
      'status.containerStatuses[].state.terminated.finishedAt',
      'status.containerStatuses[].state.running.startedAt',
    ],
    cause:
      'The kubelet has taken the pod and makes no progress: a slow pull, a volume or a network, whose events are gone or never came.',
    next: { tool: 'list_events', text: 'Read the events of the pod, then look at its node.' },
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
