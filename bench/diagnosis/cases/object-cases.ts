// Lists claims, Services, autoscalers, budgets and quotas with a problem.
import type { ApiObject, Case } from '../case.ts'
import { ago, condition, fault, object, podIn, withEvent } from '../case.ts'

const claim = (status: object, more: { metadata?: object; spec?: object } = {}) =>
  object('PersistentVolumeClaim', 'data', {
    ...more,
    metadata: { ...more.metadata },
    spec: { storageClassName: 'fast', ...more.spec },
    status,
  })
const unbound = (about: string, reason: string, message: string, first = 20): Case =>
  fault('claim_pending', about, withEvent(claim({ phase: 'Pending' }), reason, message, { first, count: 40 }))
const scaler = (right: string, about: string, type: string, status: string, reason: string, message: string): Case =>
  fault(right, about, [
    object('HorizontalPodAutoscaler', 'web', {
      spec: { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
      status: {
        currentReplicas: 5,
        desiredReplicas: 5,
        conditions: [condition(type, status, 40, { reason, message })],
      },
    }),
  ])
export const service = object('Service', 'web', { spec: { selector: { app: 'web' }, type: 'ClusterIP' } })
export const slice = (...ready: readonly boolean[]): ApiObject =>
  object('EndpointSlice', 'web-x', {
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: ready.map((is) => ({ conditions: { ready: is } })),
  })

export const objectCases: readonly Case[] = [
  unbound('no such class', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found'),
  unbound(
    'no class and no volume',
    'FailedBinding',
    'no persistent volumes available for this claim and no storage class is set',
  ),
  unbound(
    'a driver that fails',
    'ProvisioningFailed',
    'failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted desc = not enough free storage',
  ),
  unbound(
    'a driver that is not there',
    'ExternalProvisioning',
    "Waiting for a volume to be created either by the external provisioner 'disk.csi.example.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
  ),
  fault('claim_pending', 'a driver that is not there, since hours', [
    claim(
      { phase: 'Pending' },
      { metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': 'disk.csi.example.com' } } },
    ),
  ]),
  fault('claim_lost', 'its volume was deleted', [claim({ phase: 'Lost' }, { spec: { volumeName: 'pvc-1' } })]),
  fault(
    'claim_resize_failed',
    'a class that allows no growth',
    withEvent(
      claim({ phase: 'Bound', conditions: [condition('Resizing', 'True', 5)] }),
      'VolumeResizeFailed',
      'resize volume "pvc-1" by resizer "disk.csi.example.com" failed: rpc error: code = Internal desc = the volume is being modified',
    ),
  ),
  fault('claim_resize_failed', 'more than the storage has', [
    claim({ phase: 'Bound', allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' } }),
  ]),
  fault('claim_resize_failed', 'a file system that waits for its pod', [
    claim({ phase: 'Bound', conditions: [condition('FileSystemResizePending', 'True', 90)] }),
  ]),
  fault('service_without_endpoints', 'a selector that fits nothing', [service]),
  fault('readiness_failing', 'pods that are not ready, below a Service', [
    service,
    slice(false),
    podIn({ running: { startedAt: ago(30) } }, { ready: false, spec: { readinessProbe: {} } }),
  ]),
  scaler(
    'autoscaler_metrics_missing',
    'no metrics API',
    'ScalingActive',
    'False',
    'FailedGetResourceMetric',
    'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
  ),
  scaler(
    'autoscaler_metrics_missing',
    'no requests',
    'ScalingActive',
    'False',
    'FailedGetResourceMetric',
    'the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container app of Pod web-7c9-abcde',
  ),
  scaler(
    'autoscaler_at_max',
    'more load than planned',
    'ScalingLimited',
    'True',
    'TooManyReplicas',
    'the desired replica count is more than the maximum replica count',
  ),
  scaler(
    'autoscaler_unable',
    'a target that is gone',
    'AbleToScale',
    'False',
    'FailedGetScale',
    'the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found',
  ),
  fault('budget_blocks_eviction', 'a budget of as many pods as there are', [
    object('PodDisruptionBudget', 'web', {
      status: { disruptionsAllowed: 0, expectedPods: 1, currentHealthy: 1, desiredHealthy: 1 },
    }),
  ]),
  fault('quota_exhausted', 'as many pods as allowed', [
    object('ResourceQuota', 'compute', {
      status: { hard: { pods: '10', 'limits.memory': '8Gi' }, used: { pods: '10', 'limits.memory': '2Gi' } },
    }),
  ]),
  fault('load_balancer_pending', 'a bare cluster without anything that makes load balancers', [
    object('Service', 'edge', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: {} } }),
  ]),
  fault(
    'load_balancer_pending',
    'a cloud that refuses',
    withEvent(
      object('Service', 'edge', { spec: { type: 'LoadBalancer' }, status: {} }),
      'SyncLoadBalancerFailed',
      'Error syncing load balancer: failed to ensure load balancer: quota exceeded for static addresses',
    ),
  ),
  fault(
    'load_balancer_pending',
    'MetalLB has no address left',
    withEvent(
      object('Service', 'edge', {
        spec: { type: 'LoadBalancer', loadBalancerClass: 'metallb.io/metallb' },
        status: {},
      }),
      'AllocationFailed',
      'Failed to allocate IP for "shop/edge": no available IPs',
    ),
  ),
]
