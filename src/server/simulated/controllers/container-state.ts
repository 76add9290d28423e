// Derives the state of a container from its spec and its simulated program, in the words of the kubelet.
import type { V1Container, V1ContainerStatus } from '@kubernetes/client-node'
import type { SimulatedProgram } from '../programs.ts'
import { crashesBy, quantity } from '../programs.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'

interface ContainerEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly lastAt: number
}

export interface ContainerOutcome {
  readonly status: Wire<V1ContainerStatus>
  readonly events: readonly ContainerEvent[]
}

interface ContainerSituation {
  readonly container: Wire<V1Container>
  readonly program: SimulatedProgram
  readonly restartPolicy: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly now: number
  /** What of its environment is not there, in the kubelet's words. */
  readonly missing: string | undefined
  /** As events and messages name the pod, such as `web-1_shop(uid)`. */
  readonly podName: string
}

const MEBIBYTE = 1024 ** 2

export function containerOutcome(situation: ContainerSituation): ContainerOutcome {
  const { container, program, missing, startedAt, now } = situation
  const age = (now - startedAt) / 1_000
  const image = container.image ?? ''
  if (missing !== undefined) {
    // The kubelet tries again every 12 s or so.
    const event = {
      type: 'Warning',
      reason: 'Failed',
      message: `Error: ${missing}`,
      count: 1 + Math.floor(age / 12),
      lastAt: now,
    } as const
    return waiting(situation, 'CreateContainerConfigError', missing, [event])
  }
  if (program.pull !== undefined) return unpullable(situation, program.pull)
  const pulled: ContainerEvent = {
    type: 'Normal',
    reason: 'Pulled',
    message: `Container image "${image}" already present on machine`,
    count: 1,
    lastAt: startedAt,
  }
  const limit = container.resources?.limits?.['memory']
  const over = limit !== undefined && (program.memory ?? 0) * MEBIBYTE > quantity(limit)
  if (over) return ending(situation, { code: 137, afterSeconds: 4, reason: 'OOMKilled' })
  if (program.exits !== undefined) {
    return ending(situation, { ...program.exits, reason: program.exits.code === 0 ? 'Completed' : 'Error' })
  }
  const peaked =
    limit !== undefined &&
    program.peak !== undefined &&
    program.peak.memory * MEBIBYTE > quantity(limit) &&
    age > program.peak.afterSeconds
  const killedAt = peaked ? startedAt + (program.peak?.afterSeconds ?? 0) * 1_000 : undefined
  const ready = program.unready === undefined
  const unhealthy: ContainerEvent = {
    type: 'Warning',
    reason: 'Unhealthy',
    message: `Readiness probe failed: ${program.unready}`,
    count: 1 + Math.floor(age / 10),
    lastAt: now,
  }
  return {
    status: {
      ...base(situation),
      ready,
      started: true,
      restartCount: killedAt === undefined ? 0 : 1,
      state: { running: { startedAt: wireTime(killedAt ?? startedAt) } },
      lastState: killedAt === undefined ? {} : { terminated: terminated(137, 'OOMKilled', startedAt, killedAt) },
    },
    events: ready ? [pulled] : [pulled, unhealthy],
  }
}

function ending(
  situation: ContainerSituation,
  { code, afterSeconds, reason }: { code: number; afterSeconds: number; reason: string },
): ContainerOutcome {
  const { restartPolicy, startedAt, now, container, podName } = situation
  const age = (now - startedAt) / 1_000
  if (age < afterSeconds) return running(situation)
  const final = restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && code === 0)
  if (final) {
    const state = { terminated: terminated(code, reason, startedAt, startedAt + afterSeconds * 1_000) }
    return {
      status: { ...base(situation), ready: false, started: false, restartCount: 0, state, lastState: {} },
      events: [],
    }
  }
  const { count, lastStart, lastEnd } = crashesBy(age, afterSeconds)
  const lastState = { terminated: terminated(code, reason, startedAt + lastStart * 1_000, startedAt + lastEnd * 1_000) }
  const wait = count >= 6 ? '5m0s' : `${10 * 2 ** (count - 1)}s`
  const message = `back-off ${wait} restarting failed container=${container.name} pod=${podName}`
  return {
    status: {
      ...base(situation),
      ready: false,
      started: false,
      restartCount: count,
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState,
    },
    events: [
      {
        type: 'Warning',
        reason: 'BackOff',
        message: `Back-off restarting failed container ${container.name} in pod ${podName}`,
        count,
        lastAt: startedAt + lastEnd * 1_000,
      },
    ],
  }
}

function running(situation: ContainerSituation): ContainerOutcome {
  const state = { running: { startedAt: wireTime(situation.startedAt) } }
  return {
    status: { ...base(situation), ready: true, started: true, restartCount: 0, state, lastState: {} },
    events: [],
  }
}

function unpullable(situation: ContainerSituation, why: 'not found' | 'unauthorized'): ContainerOutcome {
  const { container, startedAt, now } = situation
  const image = container.image ?? ''
  const cause =
    why === 'not found'
      ? `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`
      : `failed to pull and unpack image "${image}": failed to resolve reference "${image}": pull access denied, repository does not exist or may require authorization: authorization failed`
  const tries = crashesBy((now - startedAt) / 1_000, 2)
  const failed = {
    type: 'Warning',
    reason: 'Failed',
    count: Math.max(1, tries.count),
    lastAt: startedAt + tries.lastEnd * 1_000,
  } as const
  return waiting(situation, 'ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${cause}`, [
    { ...failed, message: `Failed to pull image "${image}": ${cause}` },
    { ...failed, message: 'Error: ErrImagePull' },
    { ...failed, reason: 'BackOff', message: `Back-off pulling image "${image}"` },
  ])
}

function waiting(
  situation: ContainerSituation,
  reason: string,
  message: string,
  events: readonly ContainerEvent[],
): ContainerOutcome {
  const state = { waiting: { reason, message } }
  return { status: { ...base(situation), ready: false, started: false, restartCount: 0, state, lastState: {} }, events }
}

function base({ container }: ContainerSituation) {
  const image = container.image ?? ''
  return { name: container.name, image, imageID: '' }
}

function terminated(exitCode: number, reason: string, startedAt: number, finishedAt: number) {
  return { exitCode, reason, startedAt: wireTime(startedAt), finishedAt: wireTime(finishedAt) }
}
