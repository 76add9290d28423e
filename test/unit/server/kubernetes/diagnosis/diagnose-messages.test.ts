import { describe, expect, it } from 'vitest'
import { number, quantity, time } from '../../../../../src/server/kubernetes/diagnosis/field.ts'
import { configReference } from '../../../../../src/server/kubernetes/diagnosis/issues/config-reference.ts'
import { exitCodeMeaning } from '../../../../../src/server/kubernetes/diagnosis/issues/exit-code.ts'
import { pullCauseOf } from '../../../../../src/server/kubernetes/diagnosis/issues/pull-cause.ts'
import {
  lackingResources,
  schedulingReasons,
} from '../../../../../src/server/kubernetes/diagnosis/issues/scheduling-reasons.ts'
import { logHints } from '../../../../../src/server/kubernetes/diagnosis/log-hints.ts'

const PREEMPTION = ' preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.'

/** Pull messages of containerd, CRI-O and registries about an image `IMAGE`. */
const PULLS = [
  ['failed to resolve reference "IMAGE": IMAGE: not found', 'image_not_found'],
  ['Failed to pull image "IMAGE": reading manifest TAG in NAME: manifest unknown', 'image_not_found'],
  ['unexpected status from HEAD request to https://r.example/v2/a/manifests/TAG: 404 Not Found', 'image_not_found'],
  [
    'unexpected status from HEAD request to https://r.example/v2/a/manifests/TAG: 403 Forbidden',
    'image_pull_unauthorized',
  ],
  ['pulling from host r.example failed with status code [manifests TAG]: 401 Unauthorized', 'image_pull_unauthorized'],
  ['unexpected status code https://r.example/v2/a/manifests/TAG: 429 Too Many Requests', 'image_pull_rate_limited'],
  ['Head "https://r.example/v2/a/manifests/TAG": net/http: TLS handshake timeout', 'image_pull_network'],
  ['Head "https://r.example/v2/a/manifests/TAG": dial tcp 203.0.113.7:443: i/o timeout', 'image_pull_network'],
  ['Back-off pulling image "IMAGE"', undefined],
  ['failed to pull and unpack image "IMAGE": failed to extract layer: no space left', undefined],
  [
    'failed to pull and unpack image "IMAGE": failed to copy: write /var/x: no space left on device',
    'image_pull_failed',
  ],
  ['Get "https://r.example/v2/": http: server gave HTTP response to HTTPS client', 'image_pull_network'],
  [
    'short-name "NAME:TAG" did not resolve to an alias and no unqualified-search registries are defined',
    'image_invalid_name',
  ],
] as const

describe('schedulingReasons', () => {
  it.each([
    ['0/3 nodes are available: 3 Insufficient cpu.', 'resources 3'],
    ['0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory, 1 Too many pods.', 'resources 4'],
    [
      "0/9 nodes are available: 2 Insufficient cpu, 7 node(s) didn't match Pod's node affinity/selector.",
      'resources 2, affinity 7',
    ],
    ["0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.", 'affinity 3'],
    [
      "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).",
      'topology 3',
    ],
    ["0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.", 'ports 3'],
    ['0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.', 'taint 3'],
    ['0/3 nodes are available: 3 node(s) had untolerated taint(s).', 'taint 3'],
    ['0/3 nodes are available: 3 node(s) were unschedulable.', 'cordoned 3'],
    ['0/3 nodes are available: 3 node(s) exceed max volume count.', 'volume 3'],
    ["0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.", 'volume 3'],
    ['0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found', 'volume 1'],
    // Nearly every message names the taint of the control plane.
    [
      '0/3 nodes are available: 2 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 Insufficient cpu.',
      'resources 1, taint 0',
    ],
    // Kubernetes 1.34 and later do not name taints: the count includes those of the control plane.
    [
      '0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint(s). no new claims to deallocate,',
      'resources 2, taint 3',
    ],
    [
      "0/5 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 4 node(s) had untolerated taint(s).",
      'affinity 1, taint 4',
    ],
    // Later filters see only nodes that earlier ones let pass.
    [
      "0/6 nodes are available: 1 node(s) had volume node affinity conflict, 5 node(s) didn't match Pod's node affinity/selector.",
      'volume 1, affinity 5',
    ],
    [
      '0/6 nodes are available: 1 Insufficient cpu, 5 node(s) had untolerated taint {dedicated: batch}.',
      'resources 1, taint 5',
    ],
    [
      "0/6 nodes are available: 2 node(s) had untolerated taint {gpu: a}, 4 node(s) didn't match Pod's node affinity/selector.",
      'taint 2, affinity 4',
    ],
    [
      "0/6 nodes are available: 1 node(s) were unschedulable, 5 node(s) didn't match Pod's node affinity/selector.",
      'cordoned 1, affinity 5',
    ],
    [
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match pod anti-affinity rules.",
      'affinity 2, resources 1',
    ],
    ['no nodes available to schedule pods', 'other 1'],
    ['', 'other 1'],
  ])('reads %j as "%s", with and without a preemption message', (message, reasons) => {
    for (const said of [message, message + PREEMPTION]) {
      expect(
        schedulingReasons(said)
          .map(({ cause, nodes }) => `${cause} ${nodes}`)
          .join(', '),
      ).toBe(reasons)
    }
  })
})

describe('lackingResources', () => {
  it('names what is short in words of its own', () => {
    expect(lackingResources('0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.')).toEqual([
      'CPU',
      'memory',
    ])
    expect(lackingResources('0/2 nodes are available: 2 Insufficient nvidia.com/gpu.')).toEqual([
      'an extended resource such as a GPU',
    ])
    expect(lackingResources('0/2 nodes are available: 2 Too many pods.')).toEqual(['room for another pod'])
  })
})

describe('pullCauseOf', () => {
  it.each(PULLS)('reads %j as %s for any image name', (message, cause) => {
    const images = [
      'app:429',
      'r.example/app:1.0.403',
      'r.example/401:latest',
      'r.example/rate-limit/denied:v1',
      'web:503',
    ]
    for (const image of images) {
      const [name = '', tag = ''] = image.split(':')
      const said = message.replaceAll('IMAGE', image).replaceAll('NAME', name).replaceAll('TAG', tag)
      expect(pullCauseOf(said, image), said).toBe(cause)
    }
  })
})

describe('configReference', () => {
  it.each([
    ['configmap "app" not found', { kind: 'ConfigMap', name: 'app', key: undefined }],
    ['secret "db" not found', { kind: 'Secret', name: 'db', key: undefined }],
    ['MountVolume.SetUp failed for volume "x" : secret "db" not found', { kind: 'Secret', name: 'db', key: undefined }],
    ["couldn't find key a.b in ConfigMap shop/app", { kind: 'ConfigMap', name: 'app', key: 'a.b' }],
    ["couldn't find key pw in Secret shop/db", { kind: 'Secret', name: 'db', key: 'pw' }],
    [
      'MountVolume.SetUp failed for volume "x" : references non-existent config key: app.yaml',
      { kind: 'ConfigMap', name: '', key: 'app.yaml' },
    ],
    [
      'MountVolume.SetUp failed for volume "x" : references non-existent secret key: tls.key',
      { kind: 'Secret', name: '', key: 'tls.key' },
    ],
    ['container has runAsNonRoot and image will run as root', undefined],
  ])('reads %j as %j', (message, reference) => {
    expect(configReference(message)).toEqual(reference)
  })
})

describe('exitCodeMeaning', () => {
  it.each([
    [137, 'SIGKILL'],
    [143, 'SIGTERM'],
    [139, 'SIGSEGV'],
    [130, 'signal 2'],
    [42, 'defined by the application'],
    [0, 'without an error'],
    [undefined, 'no exit code'],
  ])('explains exit code %s as "%s"', (code, words) => {
    expect(exitCodeMeaning(code)).toContain(words)
  })
})

describe('logHints', () => {
  it('finds known signatures, and only near the end of a log', () => {
    expect(logHints('write /data/x: no space left on device')).toEqual(['no space left on device'])
    expect(logHints('dial tcp 10.0.0.1:5432: connect: connection refused')).toEqual(['connection refused'])
    expect(logHints("Error: getaddrinfo ENOTFOUND db\nError: EACCES: permission denied, open '/x'")).toEqual([
      'name resolution failed',
      'permission denied',
    ])
    expect(logHints(`connection refused\n${'x'.repeat(100_000)}`)).toEqual([])
    expect(logHints('all is well')).toEqual([])
  })
})

describe('quantity, number and time', () => {
  it('read valid values and return undefined for invalid ones', () => {
    expect(quantity('256Mi')).toBe(256 * 2 ** 20)
    expect(quantity('1500m')).toBe(1.5)
    expect(quantity('2')).toBe(2)
    for (const none of ['', 'much', '1.2.3', 'Mi']) expect(quantity(none)).toBeUndefined()
    expect(number(-0)).toBe(0)
    for (const none of [Number.NaN, Number.POSITIVE_INFINITY, undefined]) expect(number(none)).toBeUndefined()
    expect(time(new Date(5))).toBe(5)
    expect(time('1970-01-01T00:00:01Z')).toBe(1000)
    for (const none of ['', 'soon', undefined, new Date(Number.NaN)]) expect(time(none)).toBeUndefined()
  })
})
