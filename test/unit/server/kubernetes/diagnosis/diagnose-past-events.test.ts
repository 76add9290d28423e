// Tests which past events still matter, since events last for an hour and most problems are shorter.
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Finding } from '../../../../../src/server/kubernetes/diagnosis/finding.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const ago = (minutes: number) => new Date(FIXTURE_NOW - minutes * 60_000).toISOString()

interface Said {
  readonly reason: string
  readonly message: string
  readonly minutes: number
  readonly first?: number
  readonly container?: string
}

/** Findings for the changed first object of a fixture, with these events in place of those in the fixture. */
function findings(name: string, change: (text: string) => string, events: readonly Said[]): readonly Finding[] {
  const [object] = issueFixture(name).objects as [ApiObject]
  const { kind, metadata } = object
  const said = events.map(({ reason, message, minutes, first = minutes, container }, index) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.${index}`, namespace: metadata.namespace },
    involvedObject: {
      kind,
      ...metadata,
      ...(container !== undefined && { fieldPath: `spec.containers{${container}}` }),
    },
    reason,
    message,
    firstTimestamp: ago(first),
    lastTimestamp: ago(minutes),
  }))
  const changed = JSON.parse(change(JSON.stringify(object))) as ApiObject
  return diagnose(snapshotOf([changed, ...(said as unknown as ApiObject[])]), FIXTURE_NOW).findings
}

const issues = (...given: Parameters<typeof findings>) => findings(...given).map(({ issue }) => issue)
const asItIs = (text: string) => text

const NO_CONFIG_MAP = {
  reason: 'FailedMount',
  message: 'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found',
}

const NO_DRIVER = {
  reason: 'FailedMount',
  message:
    'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
}
const NO_NETWORK = {
  reason: 'FailedCreatePodSandBox',
  message:
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "4f1c": plugin type="cilium-cni" failed (add)',
}
const PULLING = { reason: 'Pulling', message: 'Pulling image "web"', container: 'web' }
/** Marks the sandbox of the pod as ready for this many minutes. */
const sandboxSince = (minutes: number) => (text: string) =>
  text.replace(
    /("type":"PodReadyToStartContainers","status":)"False"(.*?"lastTransitionTime":)"[^"]+"/,
    `$1"True"$2"${ago(minutes)}"`,
  )
const onNodeFor = (minutes: number) => (text: string) =>
  text.replace(/"startTime":"[^"]+"/, `"startTime":"${ago(minutes)}"`)

const elsewhere = (volume: string) => ({
  reason: 'FailedAttachVolume',
  message: `Multi-Attach error for volume "${volume}" Volume is already used by pod(s) web-58f6c9d7b4-q9w8e`,
})
const refused = (volume: string) => ({
  reason: 'FailedAttachVolume',
  message: `AttachVolume.Attach failed for volume "${volume}" : rpc error: code = Internal desc = internal error`,
})
const attached = (volume: string) => ({
  reason: 'SuccessfulAttachVolume',
  message: `AttachVolume.Attach succeeded for volume "${volume}" `,
})

const EXTERNAL = {
  reason: 'ExternalProvisioning',
  message:
    "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
}
const PROVISIONING = {
  reason: 'Provisioning',
  message: 'External provisioner is provisioning volume for claim "shop/web-data"',
}
const DENIED = {
  reason: 'ProvisioningFailed',
  message:
    'failed to provision volume with StorageClass "fast": rpc error: code = Internal desc = Could not create volume "pvc-1": UnauthorizedOperation: You are not authorized to perform this operation.',
}

const KILLED = {
  reason: 'Killing',
  message: 'Container web failed liveness probe, will be restarted',
  container: 'web',
}
const BACK_OFF = {
  reason: 'BackOff',
  message: 'Back-off restarting failed container web in pod web_shop(u)',
  container: 'web',
  minutes: 1,
}
const SLOW_START = {
  reason: 'Unhealthy',
  message: 'Startup probe failed: HTTP probe failed with statuscode: 503',
  container: 'web',
}
const POST_START = { reason: 'FailedPostStartHook', message: 'PostStartHook failed', container: 'web' }
const PRE_STOP = { reason: 'FailedPreStopHook', message: 'PreStopHook failed', container: 'web' }

/** Sets the latest run of a crashing container: from two minutes to one minute ago, with this exit code. */
const lastRun = (exitCode: number) => (text: string) =>
  text.replace(
    /"lastState":\{"terminated":\{.*?\}\}/,
    `"lastState":{"terminated":{"exitCode":${exitCode},"reason":"Error","startedAt":"${ago(2)}","finishedAt":"${ago(1)}"}}`,
  )

describe('diagnose', () => {
  describe('when a pod starts', () => {
    it('ignores failed mounts and sandboxes once the image is pulled or the sandbox is ready', () => {
      const failed = [
        [NO_DRIVER, 'volume_mount_failed'],
        [NO_CONFIG_MAP, 'config_map_missing'],
        [NO_NETWORK, 'sandbox_failed'],
      ] as const
      const fresh = onNodeFor(4)
      for (const [said, issue] of failed) {
        const event = { ...said, minutes: 2.9 }
        expect(issues('stuck_creating', fresh, [event])).toEqual([issue])
        expect(issues('stuck_creating', fresh, [event, { ...PULLING, minutes: 1 }])).toEqual([])
        expect(issues('stuck_creating', (text) => sandboxSince(2)(fresh(text)), [event])).toEqual([])
      }
    })

    it('reports a long pull as stuck_creating, and not the sandbox failure before it', () => {
      const failed = [
        { ...NO_NETWORK, minutes: 19 },
        { ...PULLING, minutes: 18 },
      ]
      expect(issues('stuck_creating', asItIs, failed)).toEqual(['stuck_creating'])
      expect(issues('stuck_creating', asItIs, [...failed, { ...PULLING, minutes: 4 }])).toEqual([])
    })

    it('reports sandbox_failed if a sandbox fails after an earlier one was ready', () => {
      const failed = [
        { ...PULLING, minutes: 10 },
        { ...NO_NETWORK, minutes: 1 },
      ]
      expect(issues('stuck_creating', sandboxSince(11), failed)).toEqual(['sandbox_failed'])
    })
  })

  describe('when a pod or a claim waits for a volume', () => {
    it('ignores a failed attachment only if the same volume was attached later', () => {
      const fresh = onNodeFor(4)
      for (const [failed, issue] of [
        [elsewhere, 'volume_multi_attach'],
        [refused, 'volume_attach_failed'],
      ] as const) {
        expect(issues('stuck_creating', fresh, [{ ...failed('a'), minutes: 3 }])).toEqual([issue])
        expect(
          issues('stuck_creating', fresh, [
            { ...failed('a'), minutes: 3 },
            { ...attached('a'), minutes: 1 },
          ]),
        ).toEqual([])
        expect(
          issues('stuck_creating', fresh, [
            { ...failed('a'), minutes: 3 },
            { ...attached('b'), minutes: 1 },
          ]),
        ).toEqual([issue])
        expect(
          issues('stuck_creating', fresh, [
            { ...attached('a'), minutes: 3 },
            { ...failed('a'), minutes: 1 },
          ]),
        ).toEqual([issue])
      }
    })

    it('reports claim_pending only if the claim has waited for its driver for some minutes', () => {
      const claim = (minutes: number, first: number) =>
        issues('claim_pending.driver', asItIs, [{ ...EXTERNAL, minutes, first }])
      expect(claim(0.05, 0.05)).toEqual([])
      expect(claim(0.05, 4)).toEqual([])
      expect(claim(0.05, 6)).toEqual(['claim_pending'])
    })

    it('reports no claim_pending shortly after the driver started, although the controller still waits', () => {
      const claim = (taken: number) =>
        issues('claim_pending.driver', asItIs, [
          { ...EXTERNAL, minutes: 0.05, first: 50 },
          { ...PROVISIONING, minutes: taken },
        ])
      expect(claim(2)).toEqual([])
      expect(claim(40)).toEqual(['claim_pending'])
    })

    it('prefers an error of the driver to the message that the controller waits', () => {
      const found = findings('claim_pending.driver', asItIs, [
        { ...EXTERNAL, minutes: 0.1, first: 50 },
        { ...PROVISIONING, minutes: 1.1 },
        { ...DENIED, minutes: 1 },
      ])
      expect(found.map(({ issue }) => issue)).toEqual(['claim_pending'])
      expect(found[0]?.cause).toContain('The storage driver failed to create the volume')
      expect(JSON.stringify(found[0]?.evidence)).toContain('UnauthorizedOperation')
    })
  })

  describe('when a container crashes', () => {
    it('does not blame a crash on a ConfigMap that was missing earlier', () => {
      expect(issues('crash_loop', asItIs, [{ ...NO_CONFIG_MAP, minutes: 40 }])).toEqual(['crash_loop'])
      expect(issues('container_exit_error', asItIs, [{ ...NO_CONFIG_MAP, minutes: 40 }])).toEqual([
        'container_exit_error',
      ])
    })

    it('does not blame a crash on a kill, a failed hook or a failed probe of an earlier run', () => {
      for (const event of [KILLED, POST_START, PRE_STOP]) {
        expect(issues('crash_loop', lastRun(1), [{ ...event, minutes: 50 }]), event.reason).toEqual(['crash_loop'])
      }
      expect(issues('crash_loop', lastRun(1), [{ ...SLOW_START, minutes: 8 }])).toEqual(['crash_loop'])
    })

    it('reports liveness_kill for a kill of the latest run, with any exit code', () => {
      for (const exitCode of [0, 1, 137]) {
        expect(issues('crash_loop', lastRun(exitCode), [{ ...KILLED, minutes: 1.2 }])).toEqual(['liveness_kill'])
      }
    })

    it('attributes a later kill to an old kill event, as the kubelet limits events, but not in a failed pod', () => {
      for (const exitCode of [0, 137, 143]) {
        expect(issues('crash_loop', lastRun(exitCode), [{ ...KILLED, minutes: 40 }])).toEqual(['liveness_kill'])
      }
      expect(findings('crash_loop.between', lastRun(137), [{ ...KILLED, minutes: 40 }, BACK_OFF])).toMatchObject([
        { issue: 'liveness_kill', state: 'current' },
      ])
      const evicted = (text: string) => lastRun(137)(text).replace('"phase":"Running"', '"phase":"Failed"')
      expect(issues('crash_loop', evicted, [{ ...KILLED, minutes: 40 }])).not.toContain('liveness_kill')
    })

    it('reports lifecycle_hook_failed as critical if a post-start hook kills the container', () => {
      const [finding, ...others] = findings('crash_loop', lastRun(137), [{ ...POST_START, minutes: 1 }])
      expect(finding).toMatchObject({ issue: 'lifecycle_hook_failed', severity: 'critical' })
      expect(others).toEqual([])
    })

    it('reports a failed pre-stop hook as a warning, and only in a terminating pod', () => {
      const ending = (text: string) =>
        lastRun(1)(text).replace('"metadata":{', `"metadata":{"deletionTimestamp":"${ago(-0.5)}",`)
      expect(findings('crash_loop', ending, [{ ...PRE_STOP, minutes: 1 }])).toMatchObject([
        { issue: 'lifecycle_hook_failed', severity: 'warning' },
      ])
      expect(issues('crash_loop', lastRun(1), [{ ...PRE_STOP, minutes: 1 }])).toEqual(['crash_loop'])
    })
  })
})
