// Diagnoses a snapshot at a given time. The same objects give the same findings, in any order.
import type { IssueType } from 'mcp-vitals'
import { ISSUE_SEVERITIES } from 'mcp-vitals'
import { cleanMessage, maskLine } from './clean-message.ts'
import type { ClusterView, ViewOf } from './cluster-view.ts'
import { viewCluster } from './cluster-view.ts'
import { text } from './field.ts'
import type { Detection, Evidence, Finding, IssueId, ObjectRef } from './finding.ts'
import { NO_ISSUE } from './finding.ts'
import { isPlainlyWell } from './is-plainly-well.ts'
import type { IssueRule } from './issue-rule.ts'
import { ISSUE_RULES } from './issue-rules.ts'
import { knownSecrets } from './known-secrets.ts'
import { isPodMadeGood } from './made-good.ts'
import { nextCall } from './next-call.ts'
import { controllerOf } from './object-view.ts'
import type { PodView } from './pod-view.ts'
import { sinceWhen } from './since.ts'
import type { Kind, Snapshot, Unread } from './snapshot.ts'

interface PodDiagnosis extends ObjectRef {
  /** The issue type of its most severe finding, current ones before recovered; `none` without findings. */
  readonly gravest: IssueType
}

export interface Diagnosis {
  /** The most severe first, then by issue type, then by object. */
  readonly findings: readonly Finding[]
  readonly pods: readonly PodDiagnosis[]
  /** Uids of all objects that were judged: an issue of another one says nothing about being gone. */
  readonly looked: ReadonlySet<string>
  /** Issue types that were not looked for, since the snapshot lacks what they need. */
  readonly unjudged: ReadonlySet<IssueId>
  readonly unread: readonly Unread[]
}

/** More of one object would say no more. */
const MAX_EVIDENCE = 8
const MAX_CONTAINER_FINDINGS = 10
const MAX_CAUSE = 400
const MAX_REMEMBERED = 1000
const STEP = 100

const BY_KIND: ReadonlyMap<Kind, readonly IssueRule[]> = new Map(
  ISSUE_RULES.flatMap(({ of }) => of).map((kind) => [kind, ISSUE_RULES.filter(({ of }) => of.includes(kind))]),
)

/**
 * Never throws, whatever the objects lack. `now` is milliseconds since 1970.
 *
 * @example diagnose({ objects: { Pod: [pod], Event: events } }, Date.now()).findings
 */
export function diagnose(snapshot: Snapshot, now: number): Diagnosis {
  const steps = diagnoseInSteps(snapshot, now)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same in steps: it pauses after about a hundred objects. */
export function* diagnoseInSteps(snapshot: Snapshot, now: number): Generator<undefined, Diagnosis, void> {
  const cluster = viewCluster(snapshot, now)
  const findings: Finding[] = []
  const pods: PodDiagnosis[] = []
  const looked = new Set<string>()
  const mask = remembered(maskLine)
  const unjudged = new Set(ISSUE_RULES.filter(({ needs }) => isMissing(needs, snapshot)).map(({ id }) => id))
  for (const [kind, types] of BY_KIND) {
    const issues = types.filter(({ id }) => !unjudged.has(id))
    const atTheEnd = issues.filter(({ whileTerminating }) => whileTerminating === true)
    const ofWell = issues.filter(({ whileWell }) => whileWell === true)
    for (const object of cluster.of(kind)) {
      const applicable = kind === 'Pod' ? applicableTo(object as PodView, { issues, atTheEnd, ofWell }) : issues
      const found = findingsOf(object, applicable, cluster, mask)
      findings.push(...found)
      looked.add(object.uid)
      if (looked.size % STEP === 0) yield
      if (kind !== 'Pod') continue
      const { namespace, name, uid } = object
      const current = found.find(({ state }) => state === 'current') ?? found[0]
      pods.push({ kind, namespace, name, uid, gravest: current?.issue ?? NO_ISSUE })
    }
  }
  return {
    findings: findings.sort(byGravity),
    pods: pods.sort(byName),
    looked,
    unjudged,
    unread: snapshot.unread ?? [],
  }
}

function isMissing(needs: IssueRule['needs'], { usage, objects }: Snapshot): boolean {
  return (
    (needs === 'usage' && usage === undefined) || (needs === 'EndpointSlice' && objects.EndpointSlice === undefined)
  )
}

function findingsOf(
  object: ViewOf<Kind>,
  issues: readonly IssueRule[],
  cluster: ClusterView,
  mask: typeof maskLine,
): Finding[] {
  const found: Found[] = []
  for (const issue of issues) {
    const detections = issue.detect(object as never, cluster)
    for (const detection of detections.slice(0, MAX_CONTAINER_FINDINGS)) found.push({ issue, detection })
  }
  if (found.length === 0) return []
  const explained = found.filter(({ issue, detection }) => !found.some((other) => explains(other, issue, detection)))
  // Only now: most objects have no finding, and need no secrets masked.
  const secrets = knownSecrets(object.raw as Parameters<typeof knownSecrets>[0])
  const clean = (text: string) => cleanMessage(text, secrets, mask)
  const cleanPath = (text: string) => cleanMessage(text, [], mask)
  const over = object.kind === 'Pod' && isPodMadeGood(object as PodView, cluster)
  return explained
    .map(({ issue, detection }) =>
      findingOf(object, issue, over ? { ...detection, state: 'recovered' } : detection, { cluster, clean, cleanPath }),
    )
    .sort(byGravity)
}

/** Fields, reasons and images are the same on thousands of pods. */
function remembered(mask: typeof maskLine): typeof maskLine {
  const known = new Map<string, string>()
  return (line) => {
    let masked = known.get(line)
    if (masked === undefined) {
      masked = mask(line)
      if (known.size < MAX_REMEMBERED) known.set(line, masked)
    }
    return masked
  }
}

interface PodRules {
  readonly issues: readonly IssueRule[]
  readonly atTheEnd: readonly IssueRule[]
  readonly ofWell: readonly IssueRule[]
}

/** A finished pod has no issues; a pod that is being deleted has only those that delay the deletion. */
function applicableTo(pod: PodView, { issues, atTheEnd, ofWell }: PodRules): readonly IssueRule[] {
  if (pod.deletedAt !== undefined) return atTheEnd
  if (pod.phase === 'Succeeded') return []
  return isPlainlyWell(pod) ? ofWell : issues
}

interface Found {
  readonly issue: IssueRule
  readonly detection: Detection
}

function explains(other: Found, { id }: IssueRule, { container }: Detection): boolean {
  const same =
    container === undefined || other.detection.container === undefined || other.detection.container === container
  return same && other.issue.id !== id && other.issue.explains?.includes(id) === true
}

interface Context {
  readonly cluster: ClusterView
  readonly clean: (text: string) => string
  readonly cleanPath: (text: string) => string
}

function findingOf(
  object: ViewOf<Kind>,
  issue: IssueRule,
  detection: Detection,
  { cluster, clean, cleanPath }: Context,
): Finding {
  const { id, title, next } = issue
  const { container, state = 'current', severity = issue.severity, cause = issue.cause, evidence } = detection
  const owner = controllerOf(object.raw)
  const since = sinceWhen(object, detection, cluster)
  const ref = {
    kind: object.kind,
    namespace: clean(object.namespace),
    name: clean(object.name),
    uid: clean(object.uid),
  }
  const names = {
    ...(owner !== undefined && { owner: clean(`${text(owner.kind)}/${text(owner.name)}`) }),
    ...(container !== undefined && { container: clean(container) }),
  }
  const subject = {
    object: ref,
    ...names,
    previous: hasPreviousRun(object, detection),
  }
  return {
    issue: id,
    title,
    // What is over is nothing to be woken for, whatever it was.
    severity: state === 'recovered' && severity === 'critical' ? 'warning' : severity,
    state,
    object: ref,
    ...names,
    evidence: evidence.slice(0, MAX_EVIDENCE).map((fact) => cleanEvidence(fact, clean, cleanPath)),
    cause: cause.slice(0, MAX_CAUSE),
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    next: { ...next, ...nextCall(next, subject) },
  }
}

/** The log to read is that of the run before if the container waits to be started again, or if the finding is about that run. */
function hasPreviousRun(object: ViewOf<Kind>, { container, evidence }: Detection): boolean {
  if (object.kind !== 'Pod' || container === undefined) return false
  const its = (object as PodView).containers.find(({ name }) => name === container)
  if (its?.last.phase !== 'terminated' || its.state.phase === 'terminated') return false
  return its.state.phase !== 'running' || evidence.some(({ field }) => field.includes('.lastState.'))
}

/** In front of everything that leaves: a rule cannot forget it. */
function cleanEvidence(
  { of, field, value, count, last }: Evidence,
  clean: (text: string) => string,
  cleanPath: (text: string) => string,
): Evidence {
  return {
    // Where it was read is ours to say, but for names and types: an environment that says `status` masks no path.
    ...(of !== undefined && { of: cleanPath(of) }),
    field: cleanPath(field),
    value: typeof value === 'string' ? clean(value) : value,
    ...(count !== undefined && { count }),
    ...(last !== undefined && { last }),
  }
}

function byGravity(a: Finding, b: Finding): number {
  return (
    ISSUE_SEVERITIES.indexOf(a.severity) - ISSUE_SEVERITIES.indexOf(b.severity) ||
    compare(a.issue, b.issue) ||
    byName(a.object, b.object) ||
    compare(a.container ?? '', b.container ?? '') ||
    compare(JSON.stringify(a.evidence), JSON.stringify(b.evidence))
  )
}

function byName(a: ObjectRef, b: ObjectRef): number {
  return (
    compare(a.namespace, b.namespace) || compare(a.kind, b.kind) || compare(a.name, b.name) || compare(a.uid, b.uid)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
