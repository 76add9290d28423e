// Lists cases for the accuracy of diagnoses, written from public descriptions of failures: what is said, and what is right.

interface Case {
  readonly message: string
  /** The issue type, or `none` for healthy and young pods. */
  readonly right: string
}

const cases = (right: string, messages: readonly string[]): readonly Case[] =>
  messages.map((message) => ({ right, message }))

/** What a kubelet says of a container that waits with ErrImagePull. */
export const PULLS = [
  ...cases('image_not_found', [
    'manifest for shop/web:9 not found: manifest unknown',
    'failed to resolve reference: unexpected status from HEAD request: 404 Not Found',
    'reading manifest v9: name unknown: repository name not known to registry',
  ]),
  ...cases('image_pull_unauthorized', [
    'pull access denied, repository does not exist or may require authorization',
    'failed to authorize: failed to fetch oauth token: 401 Unauthorized',
    'no basic auth credentials',
  ]),
  ...cases('image_pull_network', [
    'dial tcp: lookup registry.internal on 10.0.0.2:53: no such host',
    'net/http: request canceled while waiting for connection (Client.Timeout exceeded)',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'http: server gave HTTP response to HTTPS client',
    'dial tcp 10.1.2.3:443: connect: connection refused',
  ]),
  ...cases('image_pull_rate_limited', [
    'toomanyrequests: You have reached your pull rate limit',
    'unexpected status code: 429 Too Many Requests',
  ]),
  ...cases('image_arch_mismatch', [
    'no match for platform in manifest: not found',
    'no matching manifest for linux/arm64/v8 in the manifest list entries',
  ]),
  ...cases('image_invalid_name', ['short-name "web" did not resolve to an alias and no unqualified-search registries']),
  ...cases('image_pull_failed', ['write /var/lib/containerd/x: no space left on device', 'unexpected media type']),
]

/** What a scheduler says of a pod without a node. */
export const UNSCHEDULED = [
  ...cases('unschedulable_resources', [
    '0/3 nodes are available: 3 Insufficient cpu.',
    '0/4 nodes are available: 1 Insufficient nvidia.com/gpu, 3 node(s) had untolerated taint {gpu: yes}.',
    "0/9 nodes are available: 2 Insufficient memory, 7 node(s) didn't match Pod's node affinity/selector.",
    '0/2 nodes are available: 2 Too many pods.',
  ]),
  ...cases('unschedulable_taint', [
    '0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.',
    "0/5 nodes are available: 1 node(s) had untolerated taint {gpu: yes}, 4 node(s) didn't match Pod's node affinity/selector.",
  ]),
  ...cases('unschedulable_affinity', [
    "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
  ]),
  ...cases('unschedulable_volume', [
    '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
    "0/6 nodes are available: 2 node(s) had volume node affinity conflict, 4 node(s) didn't match Pod's node affinity/selector.",
    '0/3 nodes are available: 3 node(s) exceed max volume count.',
  ]),
  ...cases('claim_missing', ['0/3 nodes are available: persistentvolumeclaim "data" not found.']),
  ...cases('unschedulable_cordoned', ['0/2 nodes are available: 2 node(s) were unschedulable.']),
  ...cases('unschedulable_ports', [
    "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.",
  ]),
  ...cases('unschedulable_topology', [
    "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
  ]),
]
