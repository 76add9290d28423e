// Converts the status and spec of a container to one form for all its states.
import type { V1Container, V1ContainerState, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { list, number, text, time } from './field.ts'
import type { Evidence } from './finding.ts'

interface StateView {
  readonly phase: 'waiting' | 'running' | 'terminated' | 'unknown'
  readonly reason: string
  /** May be output of the container: for signatures only, unless the kubelet wrote it. */
  readonly message: string
  readonly exitCode: number | undefined
  readonly startedAt: number | undefined
  readonly finishedAt: number | undefined
}

export interface ContainerView {
  readonly name: string
  /** `sidecar`: an init container that always restarts, or a known helper container. */
  readonly role: 'init' | 'sidecar' | 'main'
  /** `status.containerStatuses[name=web]`. */
  readonly path: string
  readonly state: StateView
  readonly last: StateView
  readonly ready: boolean
  readonly started: boolean | undefined
  readonly restarts: number
  readonly image: string
  readonly spec: V1Container | undefined
}

/** Names of the containers that meshes, log shippers and secret agents add to a pod. */
const SIDECAR_NAMES =
  /^(istio-proxy|linkerd-proxy|envoy(-sidecar)?|consul-dataplane|daprd|vault-agent|cloud-sql-proxy|cloudsql-proxy|fluent-?bit|fluentd|filebeat|otel-(agent|collector)|datadog-agent|oauth2-proxy|kube-rbac-proxy)$/

export function viewContainers(pod: V1Pod): readonly ContainerView[] {
  const { spec, status } = pod
  const specs = new Map([...list(spec?.initContainers), ...list(spec?.containers)].map((one) => [text(one.name), one]))
  const view = (one: V1ContainerStatus, field: string, init: boolean): ContainerView => {
    const name = text(one.name)
    const its = specs.get(name)
    const native = init && its?.restartPolicy === 'Always'
    const known = !init && specs.size > 1 && SIDECAR_NAMES.test(name)
    return {
      name,
      role: native || known ? 'sidecar' : init ? 'init' : 'main',
      path: `status.${field}[name=${name}]`,
      state: viewState(one.state),
      last: viewState(one.lastState),
      ready: one.ready === true,
      started: typeof one.started === 'boolean' ? one.started : undefined,
      restarts: number(one.restartCount) ?? 0,
      image: text(its?.image) || text(one.image),
      spec: its,
    }
  }
  const views = [
    ...list(status?.initContainerStatuses).map((one) => view(one, 'initContainerStatuses', true)),
    ...list(status?.containerStatuses).map((one) => view(one, 'containerStatuses', false)),
  ]
  return views.filter(({ name }, index) => name !== '' && views.findIndex((other) => other.name === name) === index)
}

const NOTHING = { reason: '', message: '', exitCode: undefined, startedAt: undefined, finishedAt: undefined }

function viewState(state: V1ContainerState | undefined): StateView {
  if (state?.waiting) {
    return { ...NOTHING, phase: 'waiting', reason: text(state.waiting.reason), message: text(state.waiting.message) }
  }
  if (state?.running) return { ...NOTHING, phase: 'running', startedAt: time(state.running.startedAt) }
  if (state?.terminated) {
    const { reason, message, exitCode, startedAt, finishedAt } = state.terminated
    return {
      phase: 'terminated',
      reason: text(reason),
      message: text(message),
      exitCode: number(exitCode),
      startedAt: time(startedAt),
      finishedAt: time(finishedAt),
    }
  }
  return { ...NOTHING, phase: 'unknown' }
}

/** A field of a container's status as evidence. */
export function containerEvidence({ path }: ContainerView, field: string, value: Evidence['value']): Evidence {
  return { field: `${path}.${field}`, value }
}

/** How its latest run ended, as evidence: reason and exit code, never the message, which may be its own output. */
export function exitEvidence(container: ContainerView): readonly Evidence[] {
  const now = container.state.phase === 'terminated'
  const { reason, exitCode } = now ? container.state : container.last
  const where = now ? 'state' : 'lastState'
  return [
    ...(reason === '' ? [] : [containerEvidence(container, `${where}.terminated.reason`, reason)]),
    ...(exitCode === undefined ? [] : [containerEvidence(container, `${where}.terminated.exitCode`, exitCode)]),
  ]
}
