// Tests states that look like problems but are normal, or are already over.
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const MINUTE = 60_000
const POD = 'web-6d9c7b8f5d-x7k2p'
const ago = (minutes: number) => new Date(FIXTURE_NOW - minutes * MINUTE).toISOString()

/** The issues of a fixture after a change to its JSON text, this many minutes later. */
function issuesOf(name: string, change: (text: string) => string = (text) => text, later = 0): readonly string[] {
  const text = JSON.stringify(issueFixture(name).objects)
  const changed = change(text)
  if (later === 0) expect(changed, 'the change finds its place').not.toBe(text)
  const objects = JSON.parse(changed) as ApiObject[]
  return diagnose(snapshotOf(objects), FIXTURE_NOW + later * MINUTE).findings.map(({ issue }) => issue)
}

describe('diagnose', () => {
  describe('for pods and containers', () => {
    it('reports no readiness failure just after a container starts', () => {
      const started = (text: string) => text.replace(/"startedAt":"[^"]+"/, `"startedAt":"${ago(1)}"`)
      expect(issuesOf('readiness_failing.silent', started)).toEqual([])
    })

    it('ignores past mount, attach and sandbox failures once the container runs', () => {
      const runs = (text: string) =>
        text
          .replace('"phase":"Pending"', '"phase":"Running"')
          .replace('{"waiting":{"reason":"ContainerCreating"}}', `{"running":{"startedAt":"${ago(1)}"}}`)
          .replace('"ready":false', '"ready":true')
      for (const name of [
        'volume_mount_failed',
        'volume_multi_attach',
        'sandbox_failed',
        'config_map_missing.mounted',
      ]) {
        expect(issuesOf(name, runs), name).toEqual([])
      }
    })

    it('reports nothing for a terminating pod within its grace period', () => {
      expect(issuesOf('stuck_terminating', (text) => text.replace(ago(12).replace('.000', ''), ago(-0.5)))).toEqual([])
      const ending = (text: string) => text.replace('"metadata":{', `"metadata":{"deletionTimestamp":"${ago(-0.5)}",`)
      for (const name of ['crash_loop', 'readiness_failing', 'liveness_failing', 'image_not_found']) {
        expect(issuesOf(name, ending), name).toEqual([])
      }
    })

    it('reports nothing for a succeeded pod', () => {
      const succeeded = (text: string) => text.replace('"phase":"Failed"', '"phase":"Succeeded"')
      expect(issuesOf('container_exit_error', succeeded)).toEqual([])
    })

    it('ignores probes that failed before the container started', () => {
      const since = (text: string) => text.replace(/"startedAt":"[^"]+"/, `"startedAt":"${ago(0.5)}"`)
      expect(issuesOf('liveness_failing', since)).toEqual([])
    })

    it('replaces a crash by its history after ten minutes, and drops a restart storm after a day', () => {
      const healed = (text: string) =>
        text.replace(/"running":\{"startedAt":"[^"]+"\}/, `"running":{"startedAt":"${ago(1)}"}`)
      expect(issuesOf('crash_loop.between', healed, 15)).toEqual(['restart_storm'])
      expect(issuesOf('oom_killed.between', healed, 15)).toEqual(['oom_recovered'])
      expect(issuesOf('restart_storm', undefined, 25 * 60)).toEqual([])
    })

    it('allows time for an init container, and again for the containers after it', () => {
      const started = (text: string) => text.replace(/"startedAt":"[^"]+"/, `"startedAt":"${ago(9)}"`)
      expect(issuesOf('init_container_waiting', started)).toEqual([])
      const ended = (text: string) => text.replace(/"finishedAt":"[^"]+"/, `"finishedAt":"${ago(4)}"`)
      expect(issuesOf('stuck_creating.initialized', ended)).toEqual([])
    })

    it('does not treat a native sidecar as an init container that the pod waits for', () => {
      const native = (text: string) =>
        text.replace('"initContainers":[{', '"initContainers":[{"restartPolicy":"Always",')
      expect(issuesOf('init_container_waiting', native)).toEqual(['stuck_creating'])
      const starting = (text: string) => native(text).replace('"started":true', '"started":false')
      expect(issuesOf('init_container_waiting', starting)).toEqual([])
    })

    it('treats a failed pod as recovered once its controller has all its pods, or after a day', () => {
      const [pod, owner] = issueFixture('evicted_memory.recovered').objects as [ApiObject, ApiObject]
      const judged = (status: object | undefined, at = Date.parse('2026-10-31T13:00:00Z')) => {
        const objects = status === undefined ? [pod] : [pod, { ...owner, status }]
        const { findings } = diagnose(snapshotOf(objects), at)
        return findings
          .filter(({ object }) => object.kind === 'Pod')
          .map(({ severity, state }) => `${severity} ${state}`)
      }
      expect(judged({ replicas: 3, readyReplicas: 3 })).toEqual(['warning recovered'])
      for (const status of [{ replicas: 3, readyReplicas: 2 }, undefined]) {
        expect(judged(status)).toEqual(['critical current'])
        expect(judged(status, FIXTURE_NOW)).toEqual(['warning recovered'])
      }
    })

    it('keeps a failed pod without a controller critical, even weeks later', () => {
      const [pod] = issueFixture('evicted_memory').objects as [ApiObject]
      const alone = { ...pod, metadata: { ...pod.metadata, ownerReferences: [] } }
      const { findings } = diagnose(snapshotOf([alone]), FIXTURE_NOW + 20 * 24 * 60 * MINUTE)
      expect(findings).toMatchObject([{ issue: 'evicted_memory', severity: 'critical', state: 'current' }])
    })

    it('keeps stuck_on_finalizer current for a failed pod that was replaced', () => {
      const [pod, owner] = issueFixture('evicted_memory.recovered').objects as [ApiObject, ApiObject]
      const marks = { deletionTimestamp: ago(12), finalizers: ['example.com/deregister'] }
      const deleted = { ...pod, metadata: { ...pod.metadata, ...marks } }
      const { findings } = diagnose(snapshotOf([deleted, owner]), FIXTURE_NOW)
      expect(findings).toMatchObject([{ issue: 'stuck_on_finalizer', state: 'current' }])
    })
  })

  describe('for refused pods', () => {
    it('ignores a refusal if a pod was created later, or if the refusal is half an hour old', () => {
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

    it('ignores a recent refusal if the owner has all the pods that it wants', () => {
      const scaledDown = (text: string) => text.replace('"replicas":3', '"replicas":0')
      const elsewhere = (text: string) => text.replace('"status":{"replicas":0', '"status":{"replicas":3')
      for (const name of ['quota_exceeded', 'pod_security_denied', 'webhook_unavailable']) {
        expect(issuesOf(name, scaledDown), name).toEqual([])
        expect(issuesOf(name, elsewhere), name).toEqual([])
      }
    })

    it('reports a refusal while a pod is missing, or while the owner has no status', () => {
      const short = (text: string) => text.replace('"status":{"replicas":0', '"status":{"replicas":2')
      expect(issuesOf('pod_security_denied', short)).toEqual(['pod_security_denied'])
      const fresh = (text: string) => text.replace('"status":{"replicas":0', '"never":{"replicas":0')
      expect(issuesOf('pod_security_denied', fresh)).toEqual(['pod_security_denied'])
    })

    it('ignores the refusal of a Job that has all its pods, is suspended or has ended', () => {
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

    it('ignores the refusal of a DaemonSet only once every node has an updated pod', () => {
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
  })

  describe('for workloads and other objects', () => {
    it('reports nothing for a claim that waits for its first consumer', () => {
      const waits = (text: string) =>
        text
          .replace('"reason":"ProvisioningFailed"', '"reason":"WaitForFirstConsumer"')
          .replace('"type":"Warning"', '"type":"Normal"')
      expect(issuesOf('claim_pending', waits)).toEqual([])
    })

    it('reports no missing metrics for an autoscaler whose workload is scaled to zero', () => {
      expect(
        issuesOf('autoscaler_metrics_missing', (text) => text.replace('FailedGetResourceMetric', 'ScalingDisabled')),
      ).toEqual([])
    })

    it('reports no missing pods of a Deployment that is new or has zero replicas', () => {
      const fresh = (text: string) => text.replaceAll(ago(20).replace('.000', ''), ago(0.5))
      expect(issuesOf('deployment_unavailable', fresh)).toEqual([])
      expect(issuesOf('deployment_unavailable', (text) => text.replace('"replicas":3', '"replicas":0'))).toEqual([])
    })

    it('reports nothing for a ReplicaSet that a Deployment owns', () => {
      const owned = (text: string) =>
        text.replace(
          '"metadata":{',
          '"metadata":{"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"u","controller":true}],',
        )
      expect(issuesOf('replicaset_unavailable', owned)).toEqual([])
    })

    it('reports nothing for a budget that covers no pods or allows a disruption', () => {
      expect(
        issuesOf('budget_blocks_eviction', (text) => text.replace('"expectedPods":2', '"expectedPods":0')),
      ).toEqual([])
      expect(
        issuesOf('budget_blocks_eviction', (text) => text.replace('"disruptionsAllowed":0', '"disruptionsAllowed":1')),
      ).toEqual([])
    })

    it('reports no missing endpoints for a Service without a selector or of type ExternalName', () => {
      expect(
        issuesOf('service_without_endpoints', (text) => text.replace('"selector":{"app":"wbe"}', '"selector":{}')),
      ).toEqual([])
      expect(issuesOf('service_without_endpoints', (text) => text.replace('"ClusterIP"', '"ExternalName"'))).toEqual([])
    })

    it('reports a suspended CronJob as suspended, and not as missing its schedule', () => {
      expect(issuesOf('cron_job_not_scheduled', (text) => text.replace('"suspend":false', '"suspend":true'))).toEqual([
        'cron_job_suspended',
      ])
    })

    it('treats failed pods of a Job as recovered only if the Job completes, and keeps a failed Job current', () => {
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

    it('keeps a failed Job current if its CronJob only succeeded earlier, or if it has no CronJob', () => {
      const before = (text: string) =>
        text.replace('"lastSuccessfulTime":"2026-11-20', '"lastSuccessfulTime":"2026-11-18')
      const { objects } = issueFixture('job_backoff_limit.recovered')
      const [job] = objects as [ApiObject]
      const failed = { issue: 'job_backoff_limit', severity: 'critical', state: 'current' }
      const found = (all: readonly ApiObject[]) => diagnose(snapshotOf(all), FIXTURE_NOW).findings
      expect(found([job])).toMatchObject([failed])
      const withItsCronJob = found(JSON.parse(before(JSON.stringify(objects))) as ApiObject[])
      expect(withItsCronJob).toMatchObject([failed, { issue: 'cron_job_failing', state: 'current' }])
    })
  })
})
