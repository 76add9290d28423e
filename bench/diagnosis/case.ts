// Builds the objects of a case: a pod, a workload, a node and what events say of them, with what the API always has filled in.

/** The time at which each case is judged. */
export const NOW = Date.parse('2026-11-20T12:00:00Z')
/** So many minutes before. */
export const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()

type Fields = Readonly<Record<string, unknown>>

export interface ApiObject {
  readonly kind: string
  readonly metadata: Fields & { readonly name: string; readonly uid: string }
}

export interface Case {
  /** What happened, as a person would tell it. */
  readonly about: string
  /** The issue type, or `none` for an object with no problem. */
  readonly right: string
  readonly objects: readonly ApiObject[]
  /** The end of the log of container `app`. */
  readonly log?: string
  /** What container `app` uses, in MiB. */
  readonly uses?: number
}

export const fault = (right: string, about: string, objects: readonly ApiObject[], more: Partial<Case> = {}): Case => ({
  ...{ about, right, objects },
  ...more,
})
export const quiet = (about: string, ...objects: readonly ApiObject[]): Case => ({ about, right: 'none', objects })

export function object(kind: string, name: string, { metadata, ...rest }: Fields & { metadata?: Fields } = {}) {
  const namespace = kind === 'Node' || kind === 'Namespace' ? {} : { namespace: 'shop' }
  const made = { name, uid: `uid-${kind}-${name}`, creationTimestamp: ago(600), ...namespace, ...metadata }
  return { kind, ...rest, metadata: made } satisfies ApiObject & Fields
}

export const waiting = (reason: string, message?: string) => ({ waiting: { reason, ...(message && { message }) } })
export const running = (minutes: number) => ({ running: { startedAt: ago(minutes) } })
/** Ended so many minutes ago, after so many minutes. */
export const ended = (exitCode: number, minutes: number, reason = exitCode === 0 ? 'Completed' : 'Error', ran = 1) => ({
  terminated: { exitCode, reason, startedAt: ago(minutes + ran), finishedAt: ago(minutes) },
})

interface Container {
  readonly name?: string
  readonly state?: Fields
  readonly last?: Fields
  readonly ready?: boolean
  readonly started?: boolean
  readonly restarts?: number
  readonly spec?: Fields
}

interface Pod {
  readonly name?: string
  readonly age?: number
  /** '' for none. */
  readonly node?: string
  readonly phase?: string
  readonly containers?: readonly Container[]
  readonly init?: readonly Container[]
  readonly conditions?: readonly Fields[]
  readonly metadata?: Fields
  readonly spec?: Fields
  readonly status?: Fields
}

const OWNED = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c9', uid: 'uid-rs', controller: true }]

export function pod(given: Pod = {}) {
  const { name = 'web-7c9-abcde', age = 60, node = 'n1', phase = 'Running', containers = [{}], init = [] } = given
  const its = { creationTimestamp: ago(age), labels: { app: 'web' }, ownerReferences: OWNED, ...given.metadata }
  return object('Pod', name, {
    metadata: its,
    spec: {
      ...(node !== '' && { nodeName: node }),
      ...(init.length > 0 && { initContainers: init.map(specOf) }),
      ...{ containers: containers.map(specOf), restartPolicy: 'Always', ...given.spec },
    },
    status: {
      phase,
      ...(node !== '' && { startTime: ago(age - 0.05) }),
      conditions: given.conditions ?? [],
      ...(node !== '' && { containerStatuses: containers.map(statusOf) }),
      ...(init.length > 0 && { initContainerStatuses: init.map(statusOf) }),
      ...given.status,
    },
  })
}

const specOf = ({ name = 'app', spec = {} }: Container) => ({
  name,
  image: 'registry.example.com/team/app:2.1',
  ...spec,
})

function statusOf({ name = 'app', state = running(50), last = {}, ready, started, restarts = 0 }: Container) {
  const isRunning = 'running' in state
  return {
    ...{ name, image: 'registry.example.com/team/app:2.1', restartCount: restarts, state, lastState: last },
    ready: ready ?? isRunning,
    started: started ?? isRunning,
  }
}

/** A pod whose only container is in this state. */
export const podIn = (state: Fields, more: Container & Pick<Pod, 'phase' | 'age' | 'conditions'> = {}) =>
  pod({ ...more, phase: more.phase ?? ('waiting' in state ? 'Pending' : 'Running'), containers: [{ ...more, state }] })

export const condition = (type: string, status: string, minutes: number, more: Fields = {}) => ({
  ...{ type, status, lastTransitionTime: ago(minutes) },
  ...more,
})

interface Said {
  readonly minutes?: number
  readonly first?: number
  readonly count?: number
  /** By default the container `app` for what the kubelet says of one. */
  readonly container?: string
}

export function said(of: ApiObject, reason: string, message: string, given: Said = {}): ApiObject {
  const { minutes = 2, first = minutes, count = 1, container } = given
  const { name, uid } = of.metadata
  const fieldPath = container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }
  return object('Event', `${name}.${reason}.${minutes}.${message.length}`, {
    ...{ reason, message, count, firstTimestamp: ago(first), lastTimestamp: ago(minutes), type: 'Warning' },
    involvedObject: { kind: of.kind, namespace: 'shop', name, uid, ...fieldPath },
  })
}

/** An object and one event of it. */
export const withEvent = (of: ApiObject, reason: string, message: string, given: Said = {}) => [
  of,
  said(of, reason, message, given),
]
