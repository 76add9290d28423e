// Images that do not come, or do not fit.
import type { ContainerView } from '../container-view.ts'
import { containerEvidence } from '../container-view.ts'
import type { EventView } from '../event-view.ts'
import { eventEvidence } from '../event-view.ts'
import type { Detection, IssueId } from '../finding.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import { failedExit, STATE_FIELDS, stateEvidence } from './crashing.ts'
import { narrowerPullCause, pullCauseOf } from './pull-cause.ts'

const PULL_REASONS = /^(ErrImagePull|ImagePullBackOff|RegistryUnavailable|SignatureValidationFailed)$/

interface PullFailure {
  readonly issue: IssueId
  /** What gave the cause. */
  readonly message: string
  /** The event that it is of, if the state of the container does not say it. */
  readonly event?: EventView
}

/** All that was said about the pull: once it is backing off, the state alone may not say why. */
function pullFailure(container: ContainerView, pod: PodView): PullFailure {
  const { message, reason } = container.state
  const own = pullCauseOf(message, container.image)
  if (own !== undefined) return { issue: own, message }
  for (const event of eventsOf(pod, 'Failed', /pull|image/i, container.name)) {
    const issue = pullCauseOf(event.message, container.image)
    if (issue !== undefined) return { issue, message: event.message, event }
  }
  return { issue: reason === 'RegistryUnavailable' ? 'image_pull_network' : 'image_pull_failed', message }
}

const FIELDS = [
  'status.containerStatuses[].state.waiting.reason',
  'status.containerStatuses[].state.waiting.message',
  'status.containerStatuses[].image',
  'events[].message',
]

/** The event after each failed pull repeats the reason, and says nothing of the cause. */
const BARE = /^Error: \w{1,40}$/

function waitingEvidence(container: ContainerView, pod: PodView): Detection {
  const { state, image, name } = container
  const { message, event: said } = pullFailure(container, pod)
  const cause = narrowerPullCause(message)
  const events =
    said === undefined ? eventsOf(pod, 'Failed', /pull|image/i, name).filter((one) => !BARE.test(one.message)) : [said]
  return {
    container: name,
    ...(cause !== undefined && { cause }),
    evidence: [
      containerEvidence(container, 'state.waiting.reason', state.reason),
      ...(state.message === '' ? [] : [containerEvidence(container, 'state.waiting.message', state.message)]),
      ...(image === '' ? [] : [containerEvidence(container, 'image', image)]),
      ...events.slice(0, 1).map((event) => eventEvidence(event, { quote: true })),
    ],
  }
}

type Described = Pick<IssueRule, 'id' | 'title' | 'cause' | 'next'>

/** A pull that fails for one of the causes above. */
function pullIssue(issue: Described, said: string): IssueRule {
  return defineIssue({
    ...issue,
    severity: 'critical',
    of: ['Pod'],
    detection: `A container waits with ErrImagePull or ImagePullBackOff, and its message or an event says ${said}.`,
    fields: FIELDS,
    detect: (pod) =>
      pod.containers
        .filter(({ state }) => PULL_REASONS.test(state.reason))
        .filter((container) => pullFailure(container, pod).issue === issue.id)
        .map((container) => waitingEvidence(container, pod)),
  })
}

/** A reason of the kubelet's that says it all. */
function reasonIssue(
  issue: Described,
  reason: string,
  is: (container: ContainerView, pod: PodView) => boolean = ({ state }) => state.reason === reason,
  said = '',
): IssueRule {
  return defineIssue({
    ...issue,
    severity: 'critical',
    of: ['Pod'],
    detection: `A container waits with the reason ${reason}${said}.`,
    fields: FIELDS,
    detect: (pod) =>
      pod.containers
        .filter((container) => container.state.phase === 'waiting' && is(container, pod))
        .map((container) => waitingEvidence(container, pod)),
  })
}

/** CRI-O says of a short name that it cannot inspect or pull the image. */
function isInvalidName(container: ContainerView, pod: PodView): boolean {
  const { reason } = container.state
  if (reason === 'InvalidImageName') return true
  const pulled = PULL_REASONS.test(reason) || reason === 'ImageInspectError'
  return pulled && pullFailure(container, pod).issue === 'image_invalid_name'
}

const rollBack = (text: string) => ({ tool: 'get_workload', text, remediation: 'rollback' as const })

export const imageIssues = [
  pullIssue(
    {
      id: 'image_not_found',
      title: 'Image does not exist',
      cause:
        'The registry has no image with this name and tag. The name is misspelled, or the tag was deleted or never pushed.',
      next: rollBack('Compare the image with the one of the last working revision and with the tags in the registry.'),
    },
    'that the registry has no such image',
  ),
  pullIssue(
    {
      id: 'image_pull_unauthorized',
      title: 'Registry denies the image pull',
      cause:
        'The registry requires credentials, and those of the pod are missing, wrong or expired. Some registries give the same answer for an image that does not exist.',
      next: {
        tool: 'get_pod',
        text: 'Check which image pull secrets the pod and its service account name, and whether they exist in its namespace.',
      },
    },
    'that access was denied',
  ),
  pullIssue(
    {
      id: 'image_pull_network',
      title: 'Registry cannot be reached',
      cause:
        'The node cannot reach the registry, because of DNS, a firewall or proxy, TLS, or because the registry is down.',
      next: {
        tool: 'list_events',
        text: 'Check whether pods on other nodes fail in the same way. If not, the node is the cause; otherwise the registry.',
      },
    },
    'that the registry could not be reached or did not answer in time',
  ),
  pullIssue(
    {
      id: 'image_pull_rate_limited',
      title: 'Registry rate limit is reached',
      cause: 'The registry received too many pulls from this address or account.',
      next: { tool: 'list_events', text: 'Wait until the limit resets, pull with an account, or use a mirror.' },
    },
    'that there were too many requests',
  ),
  pullIssue(
    {
      id: 'image_pull_failed',
      title: 'Image cannot be pulled',
      cause: 'The pull fails for a reason that is not in this list. The evidence contains the message of the runtime.',
      next: { tool: 'list_events', text: 'Read the events of the pod, starting with the first failed pull.' },
    },
    'none of the known causes',
  ),
  reasonIssue(
    {
      id: 'image_never_pull',
      title: 'Image is not on the node and the pull policy is Never',
      cause: 'The pull policy is Never, and the image is not on the node.',
      next: { tool: 'get_pod', text: 'Change the pull policy, or load the image onto the node.' },
    },
    'ErrImageNeverPull',
  ),
  reasonIssue(
    {
      id: 'image_invalid_name',
      title: 'Image name is invalid',
      cause:
        'The image name cannot be parsed: it contains uppercase letters, a space or an unfilled template variable.',
      next: rollBack('Correct the image name in the workload.'),
    },
    'InvalidImageName',
    isInvalidName,
    ', or its pull fails since a short name does not resolve to a registry',
  ),
  reasonIssue(
    {
      id: 'image_inspect_error',
      title: 'Image on the node cannot be inspected',
      cause:
        'The container runtime of the node cannot read the image: its image store is damaged, or the runtime has a problem.',
      next: {
        tool: 'list_nodes',
        text: 'Check whether other pods on the node fail in the same way, and whether the node has disk pressure.',
      },
    },
    'ImageInspectError',
    (container, pod) => container.state.reason === 'ImageInspectError' && !isInvalidName(container, pod),
  ),
  defineIssue({
    id: 'image_arch_mismatch',
    title: 'Image is for another architecture',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A pull finds no image for the platform of the node; or what a start, its end or the end of the log of a run that failed left behind says "exec format error".',
    fields: [...new Set([...FIELDS, ...STATE_FIELDS])],
    cause: 'The image was built for a CPU architecture other than that of the node.',
    next: rollBack(
      'Build the image for the architectures of the nodes, or restrict the pod to nodes with the right architecture.',
    ),
    explains: ['crash_loop', 'container_run_error', 'container_exit_error', 'restart_storm', 'init_container_failing'],
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const { state, last, name } = container
        if (PULL_REASONS.test(state.reason)) {
          return pullFailure(container, pod).issue === 'image_arch_mismatch' ? [waitingEvidence(container, pod)] : []
        }
        const logged =
          failedExit(container) && cluster.logHints(pod.namespace, pod.name, name).includes('architecture mismatch')
        const said = logged || [state.message, last.message].some((message) => /exec format error/.test(message))
        if (state.phase === 'running' || !said) return []
        const evidence = stateEvidence(container, pod, cluster)
        return [{ container: name, evidence: [...evidence, containerEvidence(container, 'image', container.image)] }]
      }),
  }),
]
