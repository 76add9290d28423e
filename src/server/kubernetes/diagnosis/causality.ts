// Tells which finding explains which other: what is broken comes before what waits for it.
import { entries, list, text } from './field.ts'
import type { Finding, IssueId } from './finding.ts'
import type { Kinds, Snapshot } from './snapshot.ts'

type Pod = Kinds['Pod']

/** What a workload shows of its pods. */
const OF_PODS: readonly IssueId[] = [
  'rollout_stuck',
  'deployment_unavailable',
  'replicaset_unavailable',
  'statefulset_unavailable',
  'daemonset_unavailable',
  'job_backoff_limit',
  'job_deadline_exceeded',
  'job_failed',
  'cron_job_failing',
]
/** What a pod shows that waits for another one. */
const OF_WAITING: readonly IssueId[] = [
  'crash_loop',
  'container_exit_error',
  'init_container_failing',
  'init_container_waiting',
  'restart_storm',
  'readiness_failing',
  'startup_probe_failing',
  'liveness_kill',
  'liveness_failing',
]
/** What a pod shows of its node. */
const OF_NODE: readonly IssueId[] = [
  'node_lost',
  'evicted_memory',
  'evicted_storage',
  'evicted_node_pressure',
  'evicted_taint',
  'stuck_terminating',
  'sandbox_failed',
]
const OF_CLAIM: readonly IssueId[] = ['unschedulable_volume', 'volume_mount_timeout', 'volume_attach_failed']

/**
 * Each finding that another one explains, and which. Findings are in their order, and a circle is cut at the later one.
 * Names of Services are looked for in commands and environments, of which nothing is kept.
 */
export function explanations(findings: readonly Finding[], { objects }: Snapshot): ReadonlyMap<Finding, Finding> {
  const current = findings.filter(({ state }) => state === 'current')
  const pods = new Map(list(objects.Pod).map((pod) => [text(pod.metadata?.uid), pod]))
  const owners = ownersByUid(objects)
  const services = new Map(list(objects.Service).map((service) => [text(service.metadata?.uid), service]))
  const byOwner = Map.groupBy(
    current.flatMap((finding) => chainOf(finding.object.uid, owners).map((uid) => ({ uid, finding }))),
    ({ uid }) => uid,
  )
  const ofPods = current.filter(({ object }) => object.kind === 'Pod')
  const idle = current.filter(({ issue }) => issue === 'service_without_endpoints')
  const claims = current.filter(({ object }) => object.kind === 'PersistentVolumeClaim')
  const nodes = current.filter(({ object }) => object.kind === 'Node')

  const causeOf = (finding: Finding): Finding | undefined => {
    const { issue, object } = finding
    if (OF_PODS.includes(issue)) return byOwner.get(object.uid)?.[0]?.finding
    if (issue === 'service_without_endpoints') {
      const selector = entries(services.get(object.uid)?.spec?.selector)
      return ofPods.find(
        (other) => other.object.namespace === object.namespace && has(pods.get(other.object.uid), selector),
      )
    }
    const pod = pods.get(object.uid)
    if (pod === undefined) return undefined
    if (OF_CLAIM.includes(issue)) {
      const names = list(pod.spec?.volumes).map((volume) => text(volume.persistentVolumeClaim?.claimName))
      return claims.find((claim) => claim.object.namespace === object.namespace && names.includes(claim.object.name))
    }
    if (OF_NODE.includes(issue)) return nodes.find((node) => node.object.name === text(pod.spec?.nodeName))
    if (!OF_WAITING.includes(issue)) return undefined
    return idle.find((service) => {
      const selector = entries(services.get(service.object.uid)?.spec?.selector)
      return !has(pod, selector) && mentions(pod, object.namespace, service.object)
    })
  }

  const explained = new Map<Finding, Finding>()
  for (const finding of current) {
    const cause = causeOf(finding)
    if (cause !== undefined && rootOf(cause, explained) !== finding) explained.set(finding, cause)
  }
  return explained
}

/** What a finding comes from in the end: itself if nothing explains it. */
export function rootOf(finding: Finding, explained: ReadonlyMap<Finding, Finding>): Finding {
  let root = finding
  for (let cause = explained.get(root); cause !== undefined; cause = explained.get(root)) root = cause
  return root
}

function has(pod: Pod | undefined, selector: readonly (readonly [string, string])[]): boolean {
  const labels = new Map(entries(pod?.metadata?.labels))
  return selector.length > 0 && selector.every(([key, value]) => labels.get(key) === value)
}

type Owned = { readonly metadata?: Pod['metadata'] }

function ownersByUid(objects: Snapshot['objects']): ReadonlyMap<string, readonly string[]> {
  const owned: readonly Owned[] = [...list(objects.Pod), ...list(objects.ReplicaSet), ...list(objects.Job)]
  return new Map(
    owned.map(({ metadata }) => [text(metadata?.uid), list(metadata?.ownerReferences).map(({ uid }) => text(uid))]),
  )
}

/** What owns an object, and what owns that. */
function chainOf(uid: string, owners: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const direct = owners.get(uid) ?? []
  return [...direct, ...direct.flatMap((owner) => owners.get(owner) ?? [])].filter((owner) => owner !== '')
}

/** As a host name: `db`, `db.shop`, `db:5432`, in an environment variable, a command or an argument. */
function mentions(pod: Pod, namespace: string, { name, namespace: its }: Finding['object']): boolean {
  const host = its === namespace ? name : `${name}.${its}`
  return [...list(pod.spec?.initContainers), ...list(pod.spec?.containers)].some(({ env, command, args }) =>
    [...list(env).map(({ value }) => value), ...strings(command), ...strings(args)].some((said) =>
      isHostIn(text(said), host),
    ),
  )
}

const BEFORE_HOST = /^[\s/@,;="']?$/
const AFTER_HOST = /^[\s:/.,;"']?$/

function isHostIn(said: string, host: string): boolean {
  for (let at = said.indexOf(host); at >= 0; at = said.indexOf(host, at + 1)) {
    if (BEFORE_HOST.test(said.charAt(at - 1)) && AFTER_HOST.test(said.charAt(at + host.length))) return true
  }
  return false
}

function strings(value: readonly string[] | undefined): readonly string[] {
  return Array.isArray(value) ? value : []
}
