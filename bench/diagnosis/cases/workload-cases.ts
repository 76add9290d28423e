// Lists workloads that cannot make their pods, rollouts that stand still, Jobs and CronJobs.
import type { Case } from '../case.ts'
import { ago, condition, ended, fault, object, pod, waiting, withEvent } from '../case.ts'
import { service, slice } from './object-cases.ts'

const OF_WEB = [{ kind: 'Deployment', name: 'web', uid: 'uid-Deployment-web', controller: true }]
const set = (kind: string, wanted = 3) =>
  object(kind, kind === 'ReplicaSet' ? 'web-7c9' : 'db', {
    metadata: kind === 'ReplicaSet' ? { ownerReferences: OF_WEB } : {},
    spec: { replicas: wanted },
    status: kind === 'DaemonSet' ? { desiredNumberScheduled: wanted, currentNumberScheduled: 0 } : { replicas: 0 },
  })
const refused = (right: string, about: string, message: string, kind = 'ReplicaSet'): Case =>
  fault(right, about, withEvent(set(kind), 'FailedCreate', `Error creating: ${message}`, { first: 15, count: 15 }))
const forbidden = (rest: string) => `pods "web-7c9-x2x" is forbidden: ${rest}`
const deployment = (conditions: readonly object[], status: object = {}) =>
  object('Deployment', 'web', {
    spec: { replicas: 3 },
    status: { replicas: 3, unavailableReplicas: 3, conditions, ...status },
  })
const job = (conditions: readonly object[], more: object = {}) =>
  object('Job', 'import', { spec: { backoffLimit: 3, completions: 1, ...more }, status: { failed: 4, conditions } })
const failedJob = (right: string, about: string, reason: string, message: string): Case =>
  fault(right, about, [job([condition('Failed', 'True', 30, { reason, message })])])
const cron = (about: string, reason: string, message: string, count = 1): Case =>
  fault(
    'cron_job_not_scheduled',
    about,
    withEvent(
      object('CronJob', 'report', { spec: { schedule: '*/5 * * * *' }, status: { lastScheduleTime: ago(300) } }),
      reason,
      message,
      { first: 60, count },
    ),
  )
export const workloadCases: readonly Case[] = [
  refused(
    'quota_exceeded',
    'a quota that is used up',
    forbidden(
      'exceeded quota: compute, requested: limits.memory=1Gi, used: limits.memory=8Gi, limited: limits.memory=8Gi',
    ),
  ),
  refused(
    'quota_exceeded',
    'a quota that asks for requests',
    forbidden('failed quota: compute: must specify limits.cpu for: app; limits.memory for: app'),
  ),
  refused(
    'limit_range_violation',
    'more than a container may have',
    forbidden('maximum memory usage per Container is 1Gi, but limit is 2Gi'),
  ),
  refused(
    'limit_range_violation',
    'less than a container must have',
    forbidden('minimum cpu usage per Container is 100m, but request is 10m'),
  ),
  refused(
    'pod_security_denied',
    'a privileged container',
    forbidden(
      'violates PodSecurity "restricted:latest": privileged (container "app" must not set securityContext.privileged=true), runAsNonRoot != true',
    ),
  ),
  refused(
    'pod_security_denied',
    'OpenShift: no constraint allows it',
    forbidden(
      'unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount, spec.containers[0].securityContext.runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]]',
    ),
  ),
  refused(
    'pod_security_denied',
    'a cluster with pod security policies',
    forbidden(
      'PodSecurityPolicy: unable to admit pod: unable to validate against any pod security policy: [spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used]',
    ),
  ),
  refused(
    'admission_denied',
    'a policy engine refuses',
    'admission webhook "validation.gatekeeper.sh" denied the request: [required-labels] you must provide labels: {"owner"}',
  ),
  refused(
    'admission_denied',
    'another policy engine',
    'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/shop/web was blocked due to the following policies\n\ndisallow-latest-tag: validation error: an image tag is required',
  ),
  refused(
    'admission_denied',
    'a policy in the API server',
    forbidden(
      "ValidatingAdmissionPolicy 'no-root' with binding 'no-root-shop' denied request: failed expression: object.spec.securityContext.runAsNonRoot == true",
    ),
  ),
  refused(
    'webhook_unavailable',
    'an injector that is down',
    'Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": no endpoints available for service "injector"',
  ),
  refused(
    'webhook_unavailable',
    'a webhook that does not answer in time',
    'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy.guard.svc:443/v1?timeout=5s": context deadline exceeded',
    'StatefulSet',
  ),
  refused(
    'webhook_unavailable',
    'a webhook with an expired certificate',
    'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://policy.guard.svc:443/v1?timeout=5s": tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ),
  refused(
    'service_account_missing',
    'an account that nobody made',
    forbidden('error looking up service account shop/web: serviceaccount "web" not found'),
  ),
  refused(
    'pod_create_failed',
    'a port twice',
    'Pod "web-7c9-x2x" is invalid: spec.containers[0].ports[1].name: Duplicate value: "http"',
  ),
  refused(
    'pod_create_failed',
    'a priority that does not exist',
    forbidden('no PriorityClass with name high was found'),
    'DaemonSet',
  ),
  fault('rollout_stuck', 'a rollout beyond its deadline', [
    deployment([
      condition('Available', 'True', 300),
      condition('Progressing', 'False', 20, {
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "web-7c9" has timed out progressing.',
      }),
    ]),
  ]),
  fault('deployment_unavailable', 'all pods are down', [
    deployment([
      condition('Available', 'False', 30, { reason: 'MinimumReplicasUnavailable' }),
      condition('Progressing', 'True', 900, { reason: 'NewReplicaSetAvailable' }),
    ]),
  ]),
  fault('replicaset_unavailable', 'a set of its own', [
    object('ReplicaSet', 'alone', { spec: { replicas: 2 }, status: { replicas: 2, readyReplicas: 1 } }),
  ]),
  fault('statefulset_unavailable', 'the second of three', [
    object('StatefulSet', 'db', {
      spec: { replicas: 3 },
      status: { replicas: 2, readyReplicas: 1, currentRevision: 'a', updateRevision: 'a' },
    }),
  ]),
  fault('daemonset_unavailable', 'two nodes without the agent', [
    object('DaemonSet', 'agent', {
      status: { desiredNumberScheduled: 6, currentNumberScheduled: 6, numberAvailable: 4, numberUnavailable: 2 },
    }),
  ]),
  failedJob(
    'job_backoff_limit',
    'too many failures',
    'BackoffLimitExceeded',
    'Job has reached the specified backoff limit',
  ),
  failedJob(
    'job_backoff_limit',
    'too many indexes failed',
    'MaxFailedIndexesExceeded',
    'Job has exceeded the specified maximal number of failed indexes',
  ),
  failedJob('job_deadline_exceeded', 'too long', 'DeadlineExceeded', 'Job was active longer than specified deadline'),
  failedJob(
    'job_failed',
    'a rule of its own',
    'PodFailurePolicy',
    'Container app for pod shop/import-x failed with exit code 42 matching FailJob rule at index 0',
  ),
  fault('job_suspended', 'a queue that has not let it in', [
    job([condition('Suspended', 'True', 30, { reason: 'JobSuspended' })], { suspend: true }),
  ]),
  fault('cron_job_suspended', 'paused by a person', [
    object('CronJob', 'report', { spec: { suspend: true, schedule: '0 * * * *' }, status: {} }),
  ]),
  cron(
    'the controller was down for long',
    'TooManyMissedTimes',
    'too many missed start times: 101. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
  ),
  cron(
    'a start that was missed',
    'MissSchedule',
    'Missed scheduled time to start a job: Fri, 20 Nov 2026 11:35:00 +0000',
  ),
  cron('a schedule that cannot be read', 'UnparseableSchedule', 'unparseable schedule for cronjob: 61 * * * *'),
  cron(
    'the Job before never ends',
    'JobAlreadyActive',
    'Not starting job because prior execution is running and concurrency policy is Forbid',
    9,
  ),
  fault('crash_loop', 'pods that crash, below a Deployment and a Service', [
    ...[service, slice(false), set('ReplicaSet')],
    deployment([
      condition('Available', 'False', 30, { reason: 'MinimumReplicasUnavailable' }),
      condition('Progressing', 'False', 20, { reason: 'ProgressDeadlineExceeded' }),
    ]),
    pod({
      metadata: {
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7c9', uid: 'uid-ReplicaSet-web-7c9', controller: true }],
      },
      containers: [{ state: waiting('CrashLoopBackOff', 'back-off 5m0s'), last: ended(1, 2), restarts: 6 }],
    }),
  ]),
  fault('deployment_paused', 'somebody has forgotten to resume it', [
    object('Deployment', 'web', { spec: { replicas: 3, paused: true }, status: { replicas: 3, updatedReplicas: 0 } }),
  ]),
  fault('cron_job_failing', 'last night it did not work', [
    object('CronJob', 'backup', {
      spec: { schedule: '0 2 * * *' },
      status: { lastScheduleTime: ago(600), lastSuccessfulTime: ago(2000) },
    }),
  ]),
  fault('job_held_by_sidecar', 'a mesh proxy next to a batch job', [
    pod({
      metadata: { ownerReferences: [{ kind: 'Job', name: 'import', uid: 'uid-Job-import', controller: true }] },
      spec: { restartPolicy: 'Never' },
      containers: [{ state: ended(0, 30) }, { name: 'istio-proxy' }],
    }),
  ]),
]
