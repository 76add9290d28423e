// Lists containers that crash, run out of memory, or are killed by a probe.
import type { Case } from '../case.ts'
import { ago, condition, ended, fault, pod, podIn, running, said, waiting } from '../case.ts'

const BACK_OFF = waiting(
  'CrashLoopBackOff',
  'back-off 5m0s restarting failed container=app pod=web-7c9-abcde_shop(uid)',
)
const LIMITED = { resources: { limits: { memory: '256Mi' } } }
const crash = (right: string, about: string, last: object, log?: string): Case =>
  fault(right, about, [podIn(BACK_OFF, { phase: 'Running', last: last as Record<string, unknown>, restarts: 8 })], {
    ...(log !== undefined && { log }),
  })
/** A pod of which the kubelet says something about its probe. */
const probed = (
  right: string,
  about: string,
  container: Parameters<typeof podIn>[1] & { state?: Record<string, unknown> },
  ...messages: readonly (readonly [reason: string, message: string, minutes: number, count?: number])[]
): Case => {
  const its = podIn(container.state ?? running(8), { phase: 'Running', ...container })
  return fault(right, about, [
    its,
    ...messages.map(([reason, message, minutes, count = 3]) =>
      said(its, reason, message, { minutes, first: minutes + 5, count, container: 'app' }),
    ),
  ])
}

export const containerCases: readonly Case[] = [
  crash('crash_loop', 'a program that ends at once', ended(1, 2), 'Error: DATABASE_URL is not set\n'),
  crash('crash_loop', 'a panic of a Go program', ended(2, 2), 'panic: runtime error: invalid memory address\n'),
  crash('crash_loop', 'a segmentation fault', ended(139, 3)),
  crash('crash_loop', 'a server that ends without an error', ended(0, 1)),
  fault(
    'crash_loop',
    'between two restarts',
    (() => {
      const its = podIn(ended(1, 0.5), { phase: 'Running', last: ended(1, 6), restarts: 5 })
      return [
        its,
        said(its, 'BackOff', 'Back-off restarting failed container app in pod web-7c9-abcde_shop(uid)', {
          minutes: 1,
          count: 20,
          container: 'app',
        }),
      ]
    })(),
  ),
  crash('oom_killed', 'a crash loop for memory', ended(137, 2, 'OOMKilled')),
  fault('oom_killed', 'a Java heap above the limit', [
    podIn(ended(137, 0.3, 'OOMKilled'), { restarts: 1, spec: LIMITED }),
  ]),
  fault('oom_killed', 'killed for memory every few minutes, and just started again', [
    podIn(running(1), { restarts: 9, last: ended(137, 1.1, 'OOMKilled'), spec: LIMITED }),
  ]),
  fault('oom_recovered', 'killed for memory once, and runs since', [
    podIn(running(90), { age: 600, restarts: 1, last: ended(137, 90.1, 'OOMKilled') }),
  ]),
  fault('near_oom', 'a cache that fills its limit', [podIn(running(300), { age: 600, spec: LIMITED })], { uses: 250 }),
  fault('container_exit_error', 'a batch pod that failed', [
    pod({
      phase: 'Failed',
      containers: [{ state: ended(3, 5) }],
      spec: { restartPolicy: 'Never' },
      metadata: { ownerReferences: [] },
    }),
  ]),
  fault('container_exit_error', 'one of two containers has ended', [
    pod({ containers: [{}, { name: 'worker', state: ended(127, 4) }], spec: { restartPolicy: 'Never' } }),
  ]),
  fault('restart_storm', 'restarts since hours, and always comes back', [
    podIn(running(12), { age: 3000, restarts: 14, last: ended(1, 12.2, 'Error', 30) }),
  ]),
  fault('init_container_failing', 'a migration that fails', [
    pod({
      phase: 'Pending',
      init: [{ name: 'migrate', state: BACK_OFF, last: ended(1, 2), restarts: 6 }],
      containers: [{ state: waiting('PodInitializing') }],
    }),
  ]),
  fault('init_container_failing', 'a download that failed for the first time', [
    pod({
      phase: 'Pending',
      age: 3,
      init: [{ name: 'fetch', state: ended(22, 0.2), restarts: 0 }],
      containers: [{ state: waiting('PodInitializing') }],
    }),
  ]),
  fault('init_container_waiting', 'waits for a database that never comes', [
    pod({
      phase: 'Pending',
      init: [{ name: 'wait-for-db', state: running(45), ready: false }],
      containers: [{ state: waiting('PodInitializing') }],
    }),
  ]),
  fault('sidecar_failing', 'a mesh proxy that crashes next to a working application', [
    pod({ containers: [{}, { name: 'istio-proxy', state: BACK_OFF, last: ended(1, 3), restarts: 7 }] }),
  ]),
  fault('sidecar_failing', 'a native sidecar for logs that crashes', [
    pod({
      init: [
        { name: 'fluent-bit', state: BACK_OFF, last: ended(1, 3), restarts: 7, spec: { restartPolicy: 'Always' } },
      ],
    }),
  ]),
  probed(
    'liveness_kill',
    'a deadlock that the probe notices',
    { state: BACK_OFF, last: ended(137, 2), restarts: 9 },
    [
      'Unhealthy',
      'Liveness probe failed: Get "http://10.244.1.23:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      2.5,
    ],
    ['Killing', 'Container app failed liveness probe, will be restarted', 2.4],
  ),
  probed(
    'liveness_kill',
    'the same, and the event of the kill is gone',
    { state: BACK_OFF, last: ended(143, 2), restarts: 9 },
    ['Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500', 2.5],
  ),
  probed(
    'liveness_kill',
    'a slow start without a startup probe',
    { state: running(0.5), ready: false, last: ended(137, 0.6), restarts: 4 },
    ['Unhealthy', 'Liveness probe failed: dial tcp 10.244.1.23:8080: connect: connection refused', 1],
    ['Killing', 'Container app failed liveness probe, will be restarted', 0.9],
  ),
  probed('liveness_failing', 'a probe that fails now and then', {}, [
    'Unhealthy',
    'Liveness probe failed: Get "http://10.244.1.23:8080/healthz": net/http: request canceled',
    3,
    1,
  ]),
  probed(
    'startup_probe_failing',
    'a start that takes longer than allowed',
    { state: running(1), ready: false, started: false, last: ended(137, 1.1), restarts: 3 },
    ['Unhealthy', 'Startup probe failed: HTTP probe failed with statuscode: 503', 0.5, 20],
    ['Killing', 'Container app failed startup probe, will be restarted', 1.2],
  ),
  probed('startup_probe_failing', 'still within its time', { state: running(4), ready: false, started: false }, [
    'Unhealthy',
    'Startup probe failed: dial tcp 10.244.1.23:8080: connect: connection refused',
    0.2,
    15,
  ]),
  probed(
    'readiness_failing',
    'a database that is down',
    { state: running(30), ready: false, spec: { readinessProbe: { httpGet: { path: '/ready' } } } },
    ['Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', 0.3, 180],
  ),
  probed(
    'readiness_failing',
    'a gRPC service that does not serve',
    { state: running(30), ready: false, spec: { readinessProbe: { grpc: { port: 9000 } } } },
    ['Unhealthy', 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")', 1, 90],
  ),
  fault('readiness_failing', 'not ready, and no event is left', [
    podIn(running(200), { age: 300, ready: false, spec: { readinessProbe: { exec: { command: ['check'] } } } }),
  ]),
  fault('readiness_gate_waiting', 'a load balancer that has not registered the pod', [
    pod({
      spec: { readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/web' }] },
      conditions: [
        condition('ContainersReady', 'True', 20),
        condition('Ready', 'False', 20, { reason: 'ReadinessGatesNotReady' }),
        condition('target-health.elbv2.k8s.aws/web', 'False', 20),
      ],
    }),
  ]),
  fault(
    'lifecycle_hook_failed',
    'a postStart hook that fails',
    (() => {
      const its = podIn(BACK_OFF, { phase: 'Running', last: ended(137, 2), restarts: 5 })
      return [its, said(its, 'FailedPostStartHook', 'PostStartHook failed', { minutes: 2, count: 6, container: 'app' })]
    })(),
  ),
  fault('lifecycle_hook_failed', 'a postStart hook, as newer kubelets say it', [
    podIn(waiting('PostStartHookError', 'Exec lifecycle hook ([/bin/warm-up]) failed'), {
      phase: 'Running',
      last: ended(137, 2),
    }),
  ]),
  fault('deadline_exceeded', 'a pod beyond its time', [
    pod({
      phase: 'Failed',
      containers: [{ state: ended(137, 10) }],
      status: { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' },
      spec: { activeDeadlineSeconds: 600 },
      metadata: { ownerReferences: [], creationTimestamp: ago(30) },
    }),
  ]),
]
