// Tests rules on both sides of their line: the case, and the near miss.
import { describe, expect, it } from 'vitest'
import type { Fields, Said } from '../../../../support/cluster/changed-fixture.ts'
import { ago, findings, issues } from '../../../../support/cluster/changed-fixture.ts'

const container = (state: Fields, more: Fields = {}) => ({
  containerStatuses: [
    { name: 'web', image: 'r.example/web:1', ready: false, restartCount: 1, state, lastState: {}, ...more },
  ],
})
const condition = (type: string, status: string, minutes: number, more: Fields = {}) => ({
  type,
  status,
  lastTransitionTime: ago(minutes),
  ...more,
})

const LOST = container({ terminated: { exitCode: 255, reason: 'Unknown', startedAt: ago(90), finishedAt: ago(30) } })
const REBOOTED = { phase: 'Running', conditions: [], ...LOST }
const NO_NETWORK = { reason: 'FailedCreatePodSandBox', message: 'Failed to create pod sandbox: plugin failed (add)' }
const NO_MOUNT = {
  reason: 'FailedMount',
  message: 'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32',
}

describe('diagnose', () => {
  describe('after a reboot of the node', () => {
    it('reports what holds the pod up since its containers were lost', () => {
      const events = (minutes: number) => ({ status: REBOOTED, events: [{ ...NO_NETWORK, minutes }] })
      expect(issues('sandbox_failed', events(2))).toEqual(['sandbox_failed'])
      expect(issues('sandbox_failed', { status: REBOOTED, events: [{ ...NO_MOUNT, minutes: 2 }] })).toEqual([
        'volume_mount_failed',
      ])
      const unknown = container({ terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } })
      expect(
        issues('sandbox_failed', { status: { ...REBOOTED, ...unknown }, events: [{ ...NO_NETWORK, minutes: 2 }] }),
      ).toEqual(['sandbox_failed'])
    })

    it('ignores a hold-up from before the containers ended, one of a pod that is not restarted, and one of a pod that runs', () => {
      const before = [{ ...NO_NETWORK, minutes: 40 }]
      expect(issues('sandbox_failed', { status: REBOOTED, events: before })).not.toContain('sandbox_failed')
      const after = [{ ...NO_NETWORK, minutes: 2 }]
      expect(issues('sandbox_failed', { status: REBOOTED, events: after, spec: { restartPolicy: 'Never' } })).toEqual([
        'container_exit_error',
      ])
      const runs = container({ running: { startedAt: ago(1) } }, { ready: true })
      expect(issues('sandbox_failed', { status: { ...REBOOTED, ...runs }, events: after })).toEqual([])
    })

    it('reports sandbox_failed for sandboxes that change again and again, unless a container started', () => {
      const changed = { reason: 'SandboxChanged', minutes: 1, first: 20 }
      expect(issues('sandbox_failed', { status: REBOOTED, events: [{ ...changed, count: 9 }] })).toEqual([
        'sandbox_failed',
      ])
      expect(issues('sandbox_failed', { status: REBOOTED, events: [{ ...changed, count: 2 }] })).toEqual([
        'stuck_creating',
      ])
      const started = { reason: 'Started', minutes: 5 }
      expect(issues('sandbox_failed', { status: REBOOTED, events: [{ ...changed, count: 9 }, started] })).not.toContain(
        'sandbox_failed',
      )
    })

    it('does not take the exit code of a lost container for a wrong architecture', () => {
      const [finding] = findings('container_exit_error', { status: REBOOTED, spec: { restartPolicy: 'Never' } })
      expect(finding?.cause).toContain('found the container gone')
      const own = container({ terminated: { exitCode: 255, reason: 'Error', finishedAt: ago(30) } })
      const [other] = findings('container_exit_error', {
        status: { ...REBOOTED, ...own },
        spec: { restartPolicy: 'Never' },
      })
      expect(other?.cause).toContain('Exit code 255')
    })
  })

  describe('for young objects', () => {
    it.each([
      'deployment_unavailable',
      'statefulset_unavailable',
      'daemonset_unavailable',
      'replicaset_unavailable',
      'autoscaler_metrics_missing',
      'autoscaler_unable',
      'autoscaler_at_max',
      'budget_blocks_eviction',
      'node_not_ready',
    ])('reports %s only after three minutes', (name) => {
      expect(issues(name, { metadata: { creationTimestamp: ago(2.9) } })).toEqual([])
      expect(issues(name, { metadata: { creationTimestamp: ago(3.1) } })).toEqual([name])
    })

    it('reports an unavailable Deployment as a warning while its rollout is within the deadline', () => {
      const severity = (reason: string) =>
        findings('deployment_unavailable', {
          status: { conditions: [condition('Available', 'False', 5), condition('Progressing', 'True', 5, { reason })] },
        }).map((finding) => finding.severity)
      expect(severity('ReplicaSetUpdated')).toEqual(['warning'])
      expect(severity('NewReplicaSetAvailable')).toEqual(['critical'])
    })
  })

  describe('for claims', () => {
    const asked = { 'volume.kubernetes.io/storage-provisioner': 'ebs.csi.example.com' }

    it('reports a claim whose driver was asked long ago, and of which no event is left', () => {
      const claim = (minutes: number, annotations: Fields, events: readonly Said[] = []) =>
        issues('claim_pending', { metadata: { annotations, creationTimestamp: ago(minutes) }, events })
      expect(claim(16, asked)).toEqual(['claim_pending'])
      expect(claim(14, asked)).toEqual([])
      expect(claim(600, {})).toEqual([])
      expect(claim(16, asked, [{ reason: 'Provisioning', minutes: 2 }])).toEqual([])
    })

    it('reports a resize that is pending for more than 15 minutes, or refused', () => {
      const claim = (status: Fields) => issues('claim_resize_failed', { status: { conditions: [], ...status } })
      expect(claim({ conditions: [condition('Resizing', 'True', 16)] })).toEqual(['claim_resize_failed'])
      expect(claim({ conditions: [condition('Resizing', 'True', 14)] })).toEqual([])
      expect(claim({ allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' } })).toEqual([
        'claim_resize_failed',
      ])
      expect(claim({ allocatedResourceStatuses: { storage: 'NodeResizePending' } })).toEqual([])
    })
  })

  it('reads a refusal by security context constraints as pod_security_denied', () => {
    const refused = (what: string) =>
      issues('pod_create_failed', {
        status: { conditions: [] },
        events: [
          {
            reason: 'FailedCreate',
            message: `pods "web-" is forbidden: unable to validate ${what}: [provider]`,
            minutes: 1,
          },
        ],
      })
    expect(refused('against any security context constraint')).toEqual(['pod_security_denied'])
    expect(refused('against any pod security policy')).toEqual(['pod_security_denied'])
    expect(refused('its fields')).toEqual(['pod_create_failed'])
  })

  describe('for pods that were ended', () => {
    const ended = (status: Fields) =>
      issues('node_shutdown', { status: { reason: '', message: '', conditions: [], ...status } })
    const byKubelet = (message: string) => [
      condition('DisruptionTarget', 'True', 5, { reason: 'TerminationByKubelet', message }),
    ]

    it('reads from the condition whether the node was low on a resource or shut down', () => {
      expect(
        ended({ conditions: byKubelet('The node was low on resource: memory. Threshold quantity: 100Mi.') }),
      ).toEqual(['evicted_memory'])
      expect(ended({ conditions: byKubelet('The node was low on resource: ephemeral-storage.') })).toEqual([
        'evicted_storage',
      ])
      expect(ended({ conditions: byKubelet('Pod was terminated in response to imminent node shutdown.') })).toEqual([
        'node_shutdown',
      ])
    })

    it('reports nothing for a pod that runs and is ready with an old reason', () => {
      const ready = { phase: 'Running', conditions: [condition('Ready', 'True', 60)] }
      const runs = container({ running: { startedAt: ago(60) } }, { ready: true })
      for (const reason of ['Terminated', 'NodeShutdown', 'NodeLost', 'Preempting']) {
        expect(ended({ ...ready, ...runs, reason }), reason).toEqual([])
      }
      expect(ended({ reason: 'NodeShutdown' })).toEqual(['node_shutdown'])
    })
  })

  it('reports liveness_kill without a Killing event if the probe failed just before the container ended', () => {
    const killed = (exitCode: number, minutes: number, reason = 'Error') =>
      issues('crash_loop', {
        status: container(
          { waiting: { reason: 'CrashLoopBackOff' } },
          { restartCount: 4, lastState: { terminated: { exitCode, reason, startedAt: ago(20), finishedAt: ago(3) } } },
        ),
        events: [
          { reason: 'Unhealthy', message: 'Liveness probe failed: HTTP probe failed with statuscode: 500', minutes },
        ],
      })
    expect(killed(137, 3.5)).toEqual(['liveness_kill'])
    expect(killed(143, 3.5)).toEqual(['liveness_kill'])
    expect(killed(1, 3.5)).toEqual(['crash_loop'])
    expect(killed(137, 9)).toEqual(['crash_loop'])
    expect(killed(137, 3.5, 'OOMKilled')).toEqual(['oom_killed'])
  })

  it('reports image_arch_mismatch from the log of a run that failed', () => {
    const log = 'exec /app/web: exec format error'
    const failed = container(
      { waiting: { reason: 'CrashLoopBackOff' } },
      { lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(2), finishedAt: ago(2) } } },
    )
    expect(issues('crash_loop', { status: failed, log })).toEqual(['image_arch_mismatch'])
    expect(issues('crash_loop', { status: failed, log: 'exec /app/web: not configured' })).toEqual(['crash_loop'])
    const runs = container({ running: { startedAt: ago(60) } }, { ready: true })
    expect(issues('crash_loop', { status: { ...runs, conditions: [] }, log })).toEqual([])
  })

  it('reports a failing init container as a warning while the main containers run', () => {
    const severity = (running: boolean) => {
      const main = running ? { running: { startedAt: ago(60) } } : { waiting: { reason: 'PodInitializing' } }
      const init = {
        name: 'istio-init',
        restartCount: 1,
        state: { terminated: { exitCode: 255, reason: 'Error', finishedAt: ago(5) } },
      }
      const status = {
        phase: running ? 'Running' : 'Pending',
        ...container(main, { ready: running }),
        initContainerStatuses: [init],
      }
      return findings('init_container_failing', { status }).map((finding) => `${finding.issue} ${finding.severity}`)
    }
    expect(severity(true)).toEqual(['init_container_failing warning'])
    expect(severity(false)).toEqual(['init_container_failing critical'])
  })

  it('reports a CronJob whose starts are skipped again and again, but not one that skipped one', () => {
    const skipped = (count: number, lastScheduleTime = ago(600)) =>
      issues('cron_job_not_scheduled', {
        status: { lastScheduleTime },
        events: [{ reason: 'JobAlreadyActive', minutes: 5, first: 60, count }],
      })
    expect(skipped(3)).toEqual(['cron_job_not_scheduled'])
    expect(skipped(2)).toEqual([])
    expect(skipped(9, ago(1))).toEqual([])
  })

  it('quotes the event that gave the cause of a failed pull, not a later one', () => {
    const [finding] = findings('image_not_found', {
      status: container({
        waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "r.example/web:1"' },
      }),
      events: [
        { reason: 'Failed', message: 'Error: ImagePullBackOff', minutes: 1 },
        { reason: 'Failed', message: 'Failed to pull image "r.example/web:1": 429 Too Many Requests', minutes: 5 },
      ],
    })
    expect(finding?.issue).toBe('image_pull_rate_limited')
    expect(JSON.stringify(finding?.evidence)).toContain('429 Too Many Requests')
  })

  it('says that a short name, a full disk or plain HTTP is why a pull fails', () => {
    const pull = (message: string, reason = 'ErrImagePull') =>
      findings('image_not_found', { status: container({ waiting: { reason, message } }) }).map(
        ({ issue, cause }) => `${issue}: ${cause}`,
      )
    const shortName = 'short-name "web" did not resolve to an alias and no unqualified-search registries are defined'
    expect(pull(shortName)).toEqual([expect.stringMatching(/^image_invalid_name: .*no registry/)])
    expect(pull(shortName, 'ImageInspectError')).toEqual([expect.stringMatching(/^image_invalid_name: /)])
    expect(pull('failed to inspect image', 'ImageInspectError')).toEqual([
      expect.stringMatching(/^image_inspect_error: /),
    ])
    expect(pull('write /var/lib/x: no space left on device')).toEqual([
      expect.stringMatching(/^image_pull_failed: .*disk/),
    ])
    expect(pull('http: server gave HTTP response to HTTPS client')).toEqual([
      expect.stringMatching(/^image_pull_network: .*plain HTTP/),
    ])
  })
})
