// Lists failed image pulls, as container runtimes and registries word them.
import type { Case } from '../case.ts'
import { ended, fault, pod, podIn, said, waiting } from '../case.ts'

const IMAGE = 'registry.example.com/team/app:2.1'
const containerd = (rest: string) =>
  `failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": ${rest}`
/** What the waiting container says. */
const pull = (right: string, about: string, message: string): Case =>
  fault(right, about, [podIn(waiting('ErrImagePull', message))])
/** Older kubelets say why in an event only. */
const backOff = (right: string, about: string, message: string): Case => {
  const its = podIn(waiting('ImagePullBackOff', `Back-off pulling image "${IMAGE}"`))
  return fault(right, about, [
    its,
    said(its, 'Failed', `Failed to pull image "${IMAGE}": ${message}`, { minutes: 4, container: 'app' }),
    said(its, 'Failed', 'Error: ErrImagePull', { minutes: 4, container: 'app' }),
    said(its, 'Failed', 'Error: ImagePullBackOff', { minutes: 1, container: 'app', count: 12 }),
  ])
}

export const imageCases: readonly Case[] = [
  pull('image_not_found', 'containerd: no such tag', containerd(`${IMAGE}: not found`)),
  pull(
    'image_not_found',
    'Docker: no such tag',
    `Error response from daemon: manifest for ${IMAGE} not found: manifest unknown: manifest unknown`,
  ),
  backOff(
    'image_not_found',
    'CRI-O: no such tag, said by an event',
    'rpc error: code = Unknown desc = reading manifest 2.1 in registry.example.com/team/app: manifest unknown',
  ),
  backOff(
    'image_not_found',
    'an artifact store that has no such repository',
    'rpc error: code = NotFound desc = reading manifest 2.1 in registry.example.com/team/app: name unknown: repository name not known to registry',
  ),
  pull(
    'image_not_found',
    'a registry that answers HEAD with 404',
    containerd(
      'unexpected status from HEAD request to https://registry.example.com/v2/team/app/manifests/2.1: 404 Not Found',
    ),
  ),
  pull(
    'image_pull_unauthorized',
    'a private repository without a pull secret',
    containerd(
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ),
  ),
  backOff(
    'image_pull_unauthorized',
    'a cloud registry whose token has expired',
    `rpc error: code = Unknown desc = ${containerd('unexpected status from HEAD request to https://registry.example.com/v2/team/app/manifests/2.1: 403 Forbidden')}`,
  ),
  pull(
    'image_pull_unauthorized',
    'no credentials at all',
    'Error response from daemon: Head "https://registry.example.com/v2/team/app/manifests/2.1": no basic auth credentials',
  ),
  backOff(
    'image_pull_unauthorized',
    'a token service that refuses',
    `rpc error: code = Unknown desc = ${containerd('failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.example.com/token?scope=repository%3Ateam%2Fapp%3Apull: 401 Unauthorized')}`,
  ),
  pull(
    'image_pull_unauthorized',
    'a login that is wrong',
    'unable to retrieve auth token: invalid username/password: unauthorized: authentication required',
  ),
  pull(
    'image_pull_network',
    'the name of the registry does not resolve',
    containerd(
      'failed to do request: Head "https://registry.example.com/v2/team/app/manifests/2.1": dial tcp: lookup registry.example.com on 10.96.0.10:53: no such host',
    ),
  ),
  pull(
    'image_pull_network',
    'a firewall that drops',
    containerd(
      'failed to do request: Head "https://registry.example.com/v2/team/app/manifests/2.1": dial tcp 203.0.113.7:443: i/o timeout',
    ),
  ),
  backOff(
    'image_pull_network',
    'a proxy that does not answer',
    'rpc error: code = Unknown desc = Error response from daemon: Get "https://registry.example.com/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ),
  pull(
    'image_pull_network',
    'an own authority that the node does not trust',
    containerd(
      'failed to do request: Head "https://registry.example.com/v2/team/app/manifests/2.1": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ),
  ),
  pull(
    'image_pull_network',
    'an expired certificate of the registry',
    containerd(
      'failed to do request: Head "https://registry.example.com/v2/team/app/manifests/2.1": x509: certificate has expired or is not yet valid: current time 2026-11-20T11:50:00Z is after 2026-11-01T00:00:00Z',
    ),
  ),
  pull(
    'image_pull_network',
    'a registry without TLS',
    containerd(
      'failed to do request: Head "https://registry.example.com:5000/v2/team/app/manifests/2.1": http: server gave HTTP response to HTTPS client',
    ),
  ),
  backOff(
    'image_pull_network',
    'a mirror that is down',
    `rpc error: code = Unavailable desc = ${containerd('failed to do request: Head "https://mirror.internal:5000/v2/": dial tcp 10.0.4.9:5000: connect: connection refused')}`,
  ),
  pull(
    'image_pull_network',
    'a download that breaks off',
    `failed to pull and unpack image "${IMAGE}": failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://cdn.example.com/blobs/x": read tcp 10.0.1.5:51344->203.0.113.9:443: read: connection reset by peer`,
  ),
  pull(
    'image_pull_rate_limited',
    'the limit of a public registry',
    'failed to copy: httpReadSeeker: failed open: unexpected status code https://registry.example.com/v2/team/app/manifests/2.1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.',
  ),
  backOff(
    'image_pull_rate_limited',
    'the limit of a cloud registry',
    'rpc error: code = Unknown desc = toomanyrequests: Rate exceeded',
  ),
  pull(
    'image_pull_failed',
    'the disk of the node is full',
    `failed to pull and unpack image "${IMAGE}": failed to extract layer sha256:aa11: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/71/fs/usr/lib/x.so: no space left on device: unknown`,
  ),
  pull(
    'image_pull_failed',
    'a layer that does not match its digest',
    `failed to pull and unpack image "${IMAGE}": failed commit on ref "layer-sha256:aa11": unexpected commit digest sha256:bb22, expected sha256:aa11: failed precondition`,
  ),
  pull(
    'image_arch_mismatch',
    'an image for another architecture',
    `failed to pull and unpack image "${IMAGE}": no match for platform in manifest: not found`,
  ),
  backOff(
    'image_arch_mismatch',
    'Docker: an image for another architecture',
    'rpc error: code = Unknown desc = no matching manifest for linux/arm64/v8 in the manifest list entries',
  ),
  fault(
    'image_arch_mismatch',
    'a program for another architecture, said by its log',
    [pod({ containers: [{ state: waiting('CrashLoopBackOff', 'back-off 5m0s'), last: ended(1, 1), restarts: 6 }] })],
    { log: 'exec /usr/local/bin/app: exec format error\n' },
  ),
  fault('image_never_pull', 'an image that was to be loaded into the node', [
    podIn(waiting('ErrImageNeverPull', `Container image "${IMAGE}" is not present with pull policy of Never`)),
  ]),
  fault('image_invalid_name', 'an upper-case name', [
    podIn(
      waiting(
        'InvalidImageName',
        'Failed to apply default image tag "Team/App:2.1": couldn\'t parse image name "Team/App:2.1": invalid reference format: repository name must be lowercase',
      ),
    ),
  ]),
  pull(
    'image_invalid_name',
    'CRI-O: a short name',
    'short-name "app:2.1" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
  ),
  fault('image_inspect_error', 'an image store that is broken', [
    podIn(
      waiting(
        'ImageInspectError',
        `Failed to inspect image "${IMAGE}": rpc error: code = Unknown desc = layer not known`,
      ),
    ),
  ]),
]
