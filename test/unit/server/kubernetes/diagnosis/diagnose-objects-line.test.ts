// Tests rules that need only objects on both sides of their line: the case, and the near miss.
import { describe, expect, it } from 'vitest'
import { ago, issues } from '../../../../support/cluster/changed-fixture.ts'

const condition = (type: string, status: string, minutes: number, reason = 'R') => ({
  ...{ type, status, reason, message: 'said', lastTransitionTime: ago(minutes) },
})

describe('diagnose', () => {
  it('reports what problem detectors say of a node, and no other condition', () => {
    const conditions = (...all: readonly object[]) => ({ status: { conditions: all } })
    expect(issues('node_problem', conditions(condition('ReadonlyFilesystem', 'True', 60)))).toEqual(['node_problem'])
    expect(issues('node_problem', conditions(condition('StorageReady', 'False', 60)))).toEqual(['node_problem'])
    const well = [condition('StorageReady', 'True', 60), condition('KernelDeadlock', 'False', 60)]
    expect(issues('node_problem', conditions(...well, condition('EtcdIsVoter', 'True', 60)))).toEqual([])
    expect(issues('node_problem', { metadata: { creationTimestamp: ago(1) } })).toEqual([])
  })

  it('reports a load balancer that is missing for more than five minutes, with the reason if an event has one', () => {
    const old = { metadata: { creationTimestamp: ago(6) }, spec: { selector: {} } }
    expect(issues('load_balancer_pending', old)).toEqual(['load_balancer_pending'])
    expect(issues('load_balancer_pending', { ...old, metadata: { creationTimestamp: ago(4) } })).toEqual([])
    for (const address of [{ ip: '203.0.113.9' }, { hostname: 'lb.example.com' }]) {
      expect(issues('load_balancer_pending', { ...old, status: { loadBalancer: { ingress: [address] } } })).toEqual([])
    }
    expect(issues('load_balancer_pending', { ...old, spec: { type: 'NodePort', selector: {} } })).toEqual([])
  })

  it('reports a CronJob whose last run did not succeed, unless that runs, has just started or is suspended', () => {
    expect(issues('cron_job_failing', {})).toEqual(['cron_job_failing'])
    expect(issues('cron_job_failing', { status: { active: [{ name: 'report-1' }] } })).toEqual([])
    expect(issues('cron_job_failing', { status: { lastScheduleTime: ago(2) } })).toEqual([])
    expect(issues('cron_job_failing', { status: { lastSuccessfulTime: ago(1) } })).toEqual([])
    expect(issues('cron_job_failing', { spec: { suspend: true } })).toEqual(['cron_job_suspended'])
  })

  it('reports a sidecar that outlives the work of a Job, but not next to work that goes on or in another workload', () => {
    const statuses = (web: object, minutes: number) => ({
      containerStatuses: [
        { name: 'fluent-bit', ready: true, restartCount: 0, state: { running: { startedAt: ago(60) } }, lastState: {} },
        { name: 'web', ready: false, restartCount: 0, state: web, lastState: {}, finished: minutes },
      ],
    })
    const done = (minutes: number, exitCode = 0) => ({ terminated: { exitCode, finishedAt: ago(minutes) } })
    const held = (web: object) => issues('job_held_by_sidecar', { status: statuses(web, 0) })
    expect(held(done(6))).toEqual(['job_held_by_sidecar'])
    expect(held(done(4))).toEqual([])
    expect(held({ running: { startedAt: ago(60) } })).toEqual([])
    expect(held(done(6, 1))).not.toContain('job_held_by_sidecar')
    expect(issues('job_held_by_sidecar', { metadata: { ownerReferences: [] } })).toEqual([])
  })

  it('reports a resize that is infeasible, deferred for long or failed', () => {
    const resize = (...conditions: readonly object[]) => issues('pod_resize_pending', { status: { conditions } })
    expect(resize(condition('PodResizePending', 'True', 4, 'Deferred'))).toEqual(['pod_resize_pending'])
    expect(resize(condition('PodResizePending', 'True', 2, 'Deferred'))).toEqual([])
    expect(resize(condition('PodResizeInProgress', 'True', 30, 'Error'))).toEqual(['pod_resize_pending'])
    expect(resize(condition('PodResizeInProgress', 'True', 30, ''))).toEqual([])
  })

  it('tells a missing ResourceClaim from one that no node can serve', () => {
    const refused = (message: string) =>
      issues('unschedulable', {
        status: { conditions: [{ ...condition('PodScheduled', 'False', 20, 'Unschedulable'), message }] },
      })
    expect(refused('0/3 nodes are available: waiting for resourceclaim "gpu" not found.')).toEqual([
      'resource_claim_missing',
    ])
    expect(refused('0/3 nodes are available: 3 cannot allocate all claims.')).toEqual(['unschedulable_resources'])
  })

  it('reports a paused Deployment, and no other', () => {
    expect(issues('deployment_paused', {})).toEqual(['deployment_paused'])
    expect(issues('deployment_paused', { spec: { paused: false } })).toEqual([])
  })
})
