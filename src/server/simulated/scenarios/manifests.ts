// Builds API objects for scenarios from short forms.
import type { Manifest } from '../scenario.ts'
import type { JsonObject } from '../wire.ts'

interface WorkloadShape {
  readonly image: string
  readonly replicas?: number
  readonly env?: readonly JsonObject[]
  readonly args?: readonly string[]
  readonly cpu?: string
  readonly memory?: string
  /** @default twice the request */
  readonly memoryLimit?: string
  readonly port?: number
  readonly readiness?: string
  readonly annotations?: Readonly<Record<string, string>>
  /** Upon the pod's spec. */
  readonly pod?: JsonObject
  /** Upon the workload's spec. */
  readonly spec?: JsonObject
}

export function namespace(name: string): Manifest {
  return {
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: {},
    status: { phase: 'Active' },
  }
}

export function node(name: string, zone: string): Manifest {
  const capacity = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' }
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
  })
  return {
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/zone': zone,
      },
    },
    spec: {},
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      addresses: [{ type: 'Hostname', address: name }],
      nodeInfo: {
        kubeletVersion: 'v1.36.0',
        osImage: 'Linux',
        containerRuntimeVersion: 'containerd://2.1.0',
        architecture: 'amd64',
        operatingSystem: 'linux',
      },
    },
  }
}

export function deployment(namespace: string, name: string, shape: WorkloadShape): Manifest {
  const { replicas = 1, annotations, spec } = shape
  return {
    kind: 'Deployment',
    metadata: { name, namespace, labels: { app: name }, ...(annotations && { annotations }) },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, shape), ...spec },
    status: {},
  }
}

export function statefulSet(namespace: string, name: string, shape: WorkloadShape, storageClassName: string): Manifest {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '10Gi' } } },
  }
  return {
    kind: 'StatefulSet',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      replicas: shape.replicas ?? 1,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: template(name, shape),
      volumeClaimTemplates: [claim],
      ...shape.spec,
    },
    status: {},
  }
}

export function daemonSet(namespace: string, name: string, shape: WorkloadShape): Manifest {
  return {
    kind: 'DaemonSet',
    metadata: { name, namespace, labels: { app: name } },
    spec: { selector: { matchLabels: { app: name } }, template: template(name, shape), ...shape.spec },
    status: {},
  }
}

export function job(namespace: string, name: string, shape: WorkloadShape): Manifest {
  return {
    kind: 'Job',
    metadata: { name, namespace, labels: { app: name } },
    spec: jobSpec(name, shape),
    status: {},
  }
}

export function cronJob(namespace: string, name: string, schedule: string, shape: WorkloadShape): Manifest {
  return {
    kind: 'CronJob',
    metadata: { name, namespace, labels: { app: name } },
    spec: { schedule, concurrencyPolicy: 'Forbid', suspend: false, jobTemplate: { spec: jobSpec(name, shape) } },
    status: {},
  }
}

export function service(
  namespace: string,
  name: string,
  selector: Readonly<Record<string, string>>,
  port = 8080,
): Manifest {
  return {
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type: 'ClusterIP', selector, ports: [{ name: 'http', port, targetPort: port, protocol: 'TCP' }] },
    status: { loadBalancer: {} },
  }
}

export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>): Manifest {
  return { kind: 'ConfigMap', metadata: { name, namespace }, data }
}

/** Values in clear text: they are encoded as the API keeps them. */
export function secret(namespace: string, name: string, values: Readonly<Record<string, string>>): Manifest {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  )
  return { kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data }
}

export function disruptionBudget(namespace: string, name: string, minAvailable: number): Manifest {
  return {
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { minAvailable, selector: { matchLabels: { app: name } } },
    status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  }
}

function jobSpec(name: string, shape: WorkloadShape): JsonObject {
  const run = { ...shape, pod: { restartPolicy: 'Never', ...shape.pod } }
  return { backoffLimit: 2, completions: 1, parallelism: 1, template: template(name, run), ...shape.spec }
}

function template(name: string, shape: WorkloadShape): JsonObject {
  const { image, env, args, cpu = '100m', memory = '128Mi', memoryLimit, port, readiness, pod } = shape
  const container = {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    ...(args && { args }),
    ...(env && { env }),
    ...(port !== undefined && { ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] }),
    ...(readiness !== undefined && { readinessProbe: { httpGet: { path: readiness, port }, periodSeconds: 10 } }),
    resources: { requests: { cpu, memory }, limits: { memory: memoryLimit ?? memory } },
  }
  return { metadata: { labels: { app: name } }, spec: { containers: [container], restartPolicy: 'Always', ...pod } }
}
