// Lists pods whose containers are not created or started, and pods whose volumes or network are missing.
import type { Case } from '../case.ts'
import { ended, fault, object, pod, podIn, said, waiting } from '../case.ts'

const config = (right: string, about: string, message: string): Case =>
  fault(right, about, [podIn(waiting('CreateContainerConfigError', message))])
const create = (right: string, about: string, reason: string, message: string): Case =>
  fault(right, about, [podIn(waiting(reason, message))])
/** A pod that stands still in front of its start. */
const heldUp = (
  right: string,
  about: string,
  ...events: readonly (readonly [reason: string, message: string])[]
): Case => {
  const its = podIn(waiting('ContainerCreating'), { age: 15 })
  return fault(right, about, [
    its,
    ...events.map(([reason, message]) => said(its, reason, message, { first: 14, count: 9 })),
  ])
}
const sandbox = (rest: string) =>
  `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "6d9f": ${rest}`

export const startCases: readonly Case[] = [
  config(
    'config_map_missing',
    'an environment from a ConfigMap that is not there',
    'configmap "web-settings" not found',
  ),
  config('secret_missing', 'an environment from a Secret that is not there', 'secret "web-credentials" not found'),
  config(
    'config_key_missing',
    'a ConfigMap without the key',
    "couldn't find key LOG_LEVEL in ConfigMap shop/web-settings",
  ),
  config('config_key_missing', 'a Secret without the key', "couldn't find key password in Secret shop/web-credentials"),
  config(
    'container_config_error',
    'an image that runs as root where that is not allowed',
    'container has runAsNonRoot and image will run as root (pod: "web-7c9-abcde_shop(uid)", container: app)',
  ),
  config(
    'container_config_error',
    'an image with a user name in place of a number',
    'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (pod: "web", container: app)',
  ),
  heldUp('config_map_missing', 'a ConfigMap to be mounted is not there', [
    'FailedMount',
    'MountVolume.SetUp failed for volume "settings" : configmap "web-settings" not found',
  ]),
  heldUp('secret_missing', 'a certificate to be mounted is not there', [
    'FailedMount',
    'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found',
  ]),
  heldUp('config_key_missing', 'a mounted key is not there', [
    'FailedMount',
    'MountVolume.SetUp failed for volume "settings" : references non-existent config key: app.yaml',
  ]),
  create(
    'container_create_error',
    'two containers of one name',
    'CreateContainerError',
    'Error: failed to reserve container name "app_web-7c9-abcde_shop_uid_0": name is reserved for "6f0d"',
  ),
  create(
    'container_create_error',
    'an image without a command',
    'CreateContainerError',
    'failed to generate container "6f0d" spec: failed to generate spec: no command specified',
  ),
  create(
    'container_run_error',
    'a command that is not in the image',
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/server": stat /app/server: no such file or directory: unknown',
  ),
  create(
    'container_run_error',
    'a command that is not executable',
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/entrypoint.sh": permission denied: unknown',
  ),
  fault('container_run_error', 'a command that is not in the image, between two starts', [
    podIn(waiting('CrashLoopBackOff', 'back-off 5m0s'), {
      ...{ phase: 'Running', restarts: 5 },
      last: {
        terminated: {
          ...ended(128, 2, 'StartError', 0).terminated,
          message: 'exec: "serve": executable file not found in $PATH: unknown',
        },
      },
    }),
  ]),
  create(
    'image_arch_mismatch',
    'a program for another architecture, said by the start',
    'RunContainerError',
    'OCI runtime create failed: runc create failed: unable to start container process: exec /app/server: exec format error: unknown',
  ),
  heldUp(
    'volume_multi_attach',
    'a disk that another node still holds',
    [
      'FailedAttachVolume',
      'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another',
    ],
    [
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data kube-api-access]: timed out waiting for the condition',
    ],
  ),
  heldUp('volume_attach_failed', 'a disk in another zone', [
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = Could not attach volume "vol-1" to node "i-1": the volume is not in the same zone as the instance',
  ]),
  heldUp(
    'volume_attach_failed',
    'too many disks at a node',
    [
      'FailedAttachVolume',
      'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = ResourceExhausted desc = attachment limit reached',
    ],
    ['FailedMount', 'Unable to attach or mount volumes: timed out waiting for the condition'],
  ),
  heldUp('volume_mount_failed', 'a file server that refuses', [
    'FailedMount',
    'MountVolume.SetUp failed for volume "share" : mount failed: exit status 32\nMounting command: mount\nOutput: mount.nfs: access denied by server while mounting 10.0.0.8:/export/share',
  ]),
  heldUp('volume_mount_failed', 'a storage driver that is not on the node', [
    'FailedMount',
    'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name disk.csi.example.com not found in the list of registered CSI drivers',
  ]),
  heldUp('volume_mount_failed', 'a host path of the wrong type', [
    'FailedMount',
    'MountVolume.SetUp failed for volume "socket" : hostPath type check failed: /var/run/docker.sock is not a socket file',
  ]),
  heldUp('volume_mount_timeout', 'a mount that never comes to its end', [
    'FailedMount',
    'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: timed out waiting for the condition',
  ]),
  heldUp('sandbox_failed', 'no more addresses for pods', [
    'FailedCreatePodSandBox',
    sandbox(
      'plugin type="host-local" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254',
    ),
  ]),
  heldUp('sandbox_failed', 'a network plugin that is not set up', [
    'FailedCreatePodSandBox',
    sandbox(
      'plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized',
    ),
  ]),
  heldUp('sandbox_failed', 'the cloud gives no more addresses', [
    'FailedCreatePodSandBox',
    sandbox('plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container'),
  ]),
  heldUp('sandbox_failed', 'a runtime class that the node does not know', [
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "gvisor" is configured',
  ]),
  heldUp('sandbox_failed', 'the network of the node is not ready', [
    'NetworkNotReady',
    'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
  ]),
  fault(
    'sandbox_failed',
    'no network after a reboot of the node',
    (() => {
      const its = podIn({ terminated: { ...ended(255, 20).terminated, reason: 'Unknown' } }, { age: 3000, restarts: 1 })
      return [
        its,
        said(
          its,
          'FailedCreatePodSandBox',
          sandbox('plugin type="cilium-cni" failed (add): unable to connect to Cilium daemon'),
          { first: 19, count: 40 },
        ),
      ]
    })(),
  ),
  fault('stuck_creating', 'nothing happens, and nothing says why', [podIn(waiting('ContainerCreating'), { age: 25 })]),
  fault('stuck_on_finalizer', 'a pod that has ended, and a finalizer that nobody takes away', [
    pod({
      phase: 'Succeeded',
      containers: [{ state: ended(0, 40) }],
      metadata: {
        deletionTimestamp: '2026-11-20T11:20:00Z',
        deletionGracePeriodSeconds: 30,
        finalizers: ['batch.kubernetes.io/job-tracking'],
      },
    }),
  ]),
  fault('stuck_terminating', 'a pod whose node does not delete it', [
    pod({ metadata: { deletionTimestamp: '2026-11-20T11:20:00Z', deletionGracePeriodSeconds: 30 } }),
  ]),
  fault('namespace_stuck_terminating', 'a custom resource whose operator is gone', [
    object('Namespace', 'shop', {
      metadata: { deletionTimestamp: '2026-11-20T11:00:00Z' },
      status: {
        phase: 'Terminating',
        conditions: [
          {
            type: 'NamespaceFinalizersRemaining',
            status: 'True',
            reason: 'SomeFinalizersRemain',
            message:
              'Some content in the namespace has finalizers remaining: databases.example.com in 1 resource instances',
            lastTransitionTime: '2026-11-20T11:00:10Z',
          },
        ],
      },
    }),
  ]),
]
