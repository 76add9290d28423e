// What looks like trouble and is none, or is none any more.
import { expect, test } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const MINUTE = 60_000
const POD = 'web-6d9c7b8f5d-x7k2p'
const ago = (minutes: number) => new Date(FIXTURE_NOW - minutes * MINUTE).toISOString()

/** The issues that a fixture shows after a change to its text, at some minutes after it was taken. */
function issuesOf(name: string, change: (text: string) => string = (text) => text, later = 0): readonly string[] {
  const text = JSON.stringify(issueFixture(name).objects)
  const changed = change(text)
  if (later === 0) expect(changed, 'the change finds its place').not.toBe(text)
  const objects = JSON.parse(changed) as ApiObject[]
  return diagnose(snapshotOf(objects), FIXTURE_NOW + later * MINUTE).findings.map(({ issue }) => issue)
}

test('a claim that waits for its first consumer may wait for ever', () => {
  const waits = (text: string) =>
    text
      .replace('"reason":"ProvisioningFailed"', '"reason":"WaitForFirstConsumer"')
      .replace('"type":"Warning"', '"type":"Normal"')
  expect(issuesOf('claim_pending', waits)).toEqual([])
})

test('a container that has just been started need not be ready', () => {
  const started = (text: string) => text.replace(/"startedAt":"[^"]+"/, `"startedAt":"${ago(1)}"`)
  expect(issuesOf('readiness_failing.silent', started)).toEqual([])
})

test('a mount that failed once matters no more when the container runs', () => {
  const runs = (text: string) =>
    text
      .replace('"phase":"Pending"', '"phase":"Running"')
      .replace('{"waiting":{"reason":"ContainerCreating"}}', `{"running":{"startedAt":"${ago(1)}"}}`)
      .replace('"ready":false', '"ready":true')
  for (const name of ['volume_mount_failed', 'volume_multi_attach', 'sandbox_failed', 'config_map_missing.mounted']) {
    expect(issuesOf(name, runs), name).toEqual([])
  }
})

test('a refusal is over when a pod has been made since, and when it is long ago', () => {
  const { objects } = issueFixture('limit_range_violation')
  const [owner, refusal] = objects as [ApiObject, ApiObject]
  const made = {
    ...refusal,
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created pod: ${POD}`,
    lastTimestamp: ago(1),
  }
  const { findings } = diagnose(snapshotOf([owner, refusal, made]), FIXTURE_NOW)

  expect(findings).toEqual([])
  expect(issuesOf('limit_range_violation', undefined, 30)).toEqual([])
})

test('a refusal is over when what owns the pods has as many as it is to have, however fresh the event', () => {
  const scaledDown = (text: string) => text.replace('"replicas":3', '"replicas":0')
  const elsewhere = (text: string) => text.replace('"status":{"replicas":0', '"status":{"replicas":3')
  for (const name of ['quota_exceeded', 'pod_security_denied', 'webhook_unavailable']) {
    expect(issuesOf(name, scaledDown), name).toEqual([])
    expect(issuesOf(name, elsewhere), name).toEqual([])
  }
})

test('a refusal stands while one pod is missing, or before there is a status', () => {
  const short = (text: string) => text.replace('"status":{"replicas":0', '"status":{"replicas":2')
  expect(issuesOf('pod_security_denied', short)).toEqual(['pod_security_denied'])
  const fresh = (text: string) => text.replace('"status":{"replicas":0', '"never":{"replicas":0')
  expect(issuesOf('pod_security_denied', fresh)).toEqual(['pod_security_denied'])
})

test('the refusal of a Job is over when it has its pods, is suspended, or has ended', () => {
  const active = (text: string) => text.replace('"active":0', '"active":1')
  const succeeded = (text: string) => text.replace('"active":0', '"active":0,"succeeded":1')
  const suspended = (text: string) => text.replace('"suspend":false', '"suspend":true')
  const ended = (text: string) =>
    text.replace('"active":0', '"conditions":[{"type":"Complete","status":"True"}],"active":0')
  for (const over of [active, succeeded, suspended, ended])
    expect(issuesOf('quota_exceeded.unstated', over)).toEqual([])
  const two = (text: string) =>
    active(text).replace('"parallelism":1,"completions":1', '"parallelism":2,"completions":2')
  expect(issuesOf('quota_exceeded.unstated', two)).toEqual(['quota_exceeded'])
})

test('the refusal of a DaemonSet is over when every node has a pod, and those of an update have come', () => {
  const [owner, event] = issueFixture('pod_security_denied').objects as [ApiObject, ApiObject]
  const refused = (status: object) => {
    const involvedObject = { ...(event['involvedObject'] as object), kind: 'DaemonSet', apiVersion: 'apps/v1' }
    const objects = [
      { ...owner, kind: 'DaemonSet', status: { numberMisscheduled: 0, ...status } },
      { ...event, involvedObject },
    ]
    return diagnose(snapshotOf(objects), FIXTURE_NOW).findings.map(({ issue }) => issue)
  }
  const all = { desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3, numberAvailable: 3 }
  expect(refused({ ...all, updatedNumberScheduled: 3 })).toEqual([])
  expect(refused({ ...all, updatedNumberScheduled: 2 })).toEqual(['pod_security_denied'])
  expect(refused({ ...all, currentNumberScheduled: 2, updatedNumberScheduled: 2 })).toEqual(['pod_security_denied'])
})

test('a pod that is being ended has its grace period, and no other trouble than what keeps it', () => {
  expect(issuesOf('stuck_terminating', (text) => text.replace(ago(12).replace('.000', ''), ago(-0.5)))).toEqual([])
  const ending = (text: string) => text.replace('"metadata":{', `"metadata":{"deletionTimestamp":"${ago(-0.5)}",`)
  for (const name of ['crash_loop', 'readiness_failing', 'liveness_failing', 'image_not_found']) {
    expect(issuesOf(name, ending), name).toEqual([])
  }
})

test('a pod that has succeeded has nothing to mend', () => {
  const succeeded = (text: string) => text.replace('"phase":"Failed"', '"phase":"Succeeded"')
  expect(issuesOf('container_exit_error', succeeded)).toEqual([])
})

test('probes that failed before the container was started say nothing of it now', () => {
  const since = (text: string) => text.replace(/"startedAt":"[^"]+"/, `"startedAt":"${ago(0.5)}"`)
  expect(issuesOf('liveness_failing', since)).toEqual([])
})

test('an autoscaler of a workload that is scaled to zero needs no metrics', () => {
  expect(
    issuesOf('autoscaler_metrics_missing', (text) => text.replace('FailedGetResourceMetric', 'ScalingDisabled')),
  ).toEqual([])
})

test('a Deployment that was made a moment ago, or is to have no pods, is not short of them', () => {
  const fresh = (text: string) => text.replaceAll(ago(20).replace('.000', ''), ago(0.5))
  expect(issuesOf('deployment_unavailable', fresh)).toEqual([])
  expect(issuesOf('deployment_unavailable', (text) => text.replace('"replicas":3', '"replicas":0'))).toEqual([])
})

test('a ReplicaSet of a Deployment is the business of that', () => {
  const owned = (text: string) =>
    text.replace(
      '"metadata":{',
      '"metadata":{"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"u","controller":true}],',
    )
  expect(issuesOf('replicaset_unavailable', owned)).toEqual([])
})

test('a budget that covers no pods, or lets one go, blocks nothing', () => {
  expect(issuesOf('budget_blocks_eviction', (text) => text.replace('"expectedPods":2', '"expectedPods":0'))).toEqual([])
  expect(
    issuesOf('budget_blocks_eviction', (text) => text.replace('"disruptionsAllowed":0', '"disruptionsAllowed":1')),
  ).toEqual([])
})

test('a Service without a selector, or of the type ExternalName, has its endpoints from elsewhere', () => {
  expect(
    issuesOf('service_without_endpoints', (text) => text.replace('"selector":{"app":"wbe"}', '"selector":{}')),
  ).toEqual([])
  expect(issuesOf('service_without_endpoints', (text) => text.replace('"ClusterIP"', '"ExternalName"'))).toEqual([])
})

test('a CronJob that is suspended misses no times', () => {
  expect(issuesOf('cron_job_not_scheduled', (text) => text.replace('"suspend":false', '"suspend":true'))).toEqual([
    'cron_job_suspended',
  ])
})

test('crashes are over ten minutes after the last: what is left is what happened', () => {
  const healed = (text: string) =>
    text.replace(/"running":\{"startedAt":"[^"]+"\}/, `"running":{"startedAt":"${ago(1)}"}`)
  expect(issuesOf('crash_loop.between', healed, 15)).toEqual(['restart_storm'])
  expect(issuesOf('oom_killed.between', healed, 15)).toEqual(['oom_recovered'])
  expect(issuesOf('restart_storm', undefined, 25 * 60)).toEqual([])
})

test('an init container may take its time, and what comes after it has its own', () => {
  const started = (text: string) => text.replace(/"startedAt":"[^"]+"/, `"startedAt":"${ago(9)}"`)
  expect(issuesOf('init_container_waiting', started)).toEqual([])
  const ended = (text: string) => text.replace(/"finishedAt":"[^"]+"/, `"finishedAt":"${ago(4)}"`)
  expect(issuesOf('stuck_creating.initialized', ended)).toEqual([])
})

test('a sidecar that runs on before the containers is not what they wait for', () => {
  const native = (text: string) => text.replace('"initContainers":[{', '"initContainers":[{"restartPolicy":"Always",')
  expect(issuesOf('init_container_waiting', native)).toEqual(['stuck_creating'])
  const starting = (text: string) => native(text).replace('"started":true', '"started":false')
  expect(issuesOf('init_container_waiting', starting)).toEqual([])
})

test('a pod that failed is over when what controls it has all that it wants, and a day after in any case', () => {
  const [pod, owner] = issueFixture('evicted_memory.recovered').objects as [ApiObject, ApiObject]
  const judged = (status: object | undefined, at = Date.parse('2026-10-31T13:00:00Z')) => {
    const objects = status === undefined ? [pod] : [pod, { ...owner, status }]
    const { findings } = diagnose(snapshotOf(objects), at)
    return findings.filter(({ object }) => object.kind === 'Pod').map(({ severity, state }) => `${severity} ${state}`)
  }
  expect(judged({ replicas: 3, readyReplicas: 3 })).toEqual(['warning recovered'])
  for (const status of [{ replicas: 3, readyReplicas: 2 }, undefined]) {
    expect(judged(status)).toEqual(['critical current'])
    expect(judged(status, FIXTURE_NOW)).toEqual(['warning recovered'])
  }
})

test('a pod that failed and that nobody controls stays so, since nobody makes it again', () => {
  const [pod] = issueFixture('evicted_memory').objects as [ApiObject]
  const alone = { ...pod, metadata: { ...pod.metadata, ownerReferences: [] } }
  const { findings } = diagnose(snapshotOf([alone]), FIXTURE_NOW + 20 * 24 * 60 * MINUTE)
  expect(findings).toMatchObject([{ issue: 'evicted_memory', severity: 'critical', state: 'current' }])
})

test('what keeps a failed pod from being deleted is not over because another has its place', () => {
  const [pod, owner] = issueFixture('evicted_memory.recovered').objects as [ApiObject, ApiObject]
  const marks = { deletionTimestamp: ago(12), finalizers: ['example.com/deregister'] }
  const deleted = { ...pod, metadata: { ...pod.metadata, ...marks } }
  const { findings } = diagnose(snapshotOf([deleted, owner]), FIXTURE_NOW)
  expect(findings).toMatchObject([{ issue: 'stuck_on_finalizer', state: 'current' }])
})

test('the attempts of a Job that failed are over once it is complete, and its reason as long as it has failed', () => {
  const [pod] = issueFixture('container_exit_error').objects as [ApiObject]
  const [job] = issueFixture('job_backoff_limit').objects as [ApiObject]
  const judged = (type: string, later = 0) => {
    const conditions = [{ type, status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: ago(5) }]
    const { findings } = diagnose(
      snapshotOf([pod, { ...job, status: { conditions } }]),
      FIXTURE_NOW + later * 24 * 60 * MINUTE,
    )
    return findings.map(({ issue, state }) => `${issue} ${state}`)
  }
  expect(judged('Complete')).toEqual(['container_exit_error recovered'])
  for (const later of [0, 30]) {
    expect(judged('Failed', later)).toEqual(['job_backoff_limit current', 'container_exit_error current'])
  }
  expect(judged('FailureTarget')).toEqual(['container_exit_error current'])
})

test('a Job that failed is not over by an earlier success of its CronJob, or by one of a Job without', () => {
  const before = (text: string) => text.replace('"lastSuccessfulTime":"2026-11-20', '"lastSuccessfulTime":"2026-11-18')
  const { objects } = issueFixture('job_backoff_limit.recovered')
  const [job] = objects as [ApiObject]
  for (const all of [JSON.parse(before(JSON.stringify(objects))) as ApiObject[], [job]]) {
    expect(diagnose(snapshotOf(all), FIXTURE_NOW).findings).toMatchObject([
      { issue: 'job_backoff_limit', severity: 'critical', state: 'current' },
    ])
  }
})
