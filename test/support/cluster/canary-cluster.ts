// A cluster with a secret in every place that a cluster can keep one, each of them another, so that a leak says where it is from.
import type { Scenario } from '../../../src/server/simulated/scenario.ts'
import { configMap, deployment, namespace, node, secret } from '../../../src/server/simulated/scenarios/manifests.ts'

export const CANARIES = {
  secret: 'c4nary-secret/+=',
  configMap: 'c4nary-configmap/+=',
  env: 'c4nary-env/+=',
  args: 'c4nary-args/+=',
  command: 'c4nary-command/+=',
  annotation: 'c4nary-annotation/+=',
  lastApplied: 'c4nary-last-applied/+=',
  managedFields: 'c4nary-managed-fields',
  podAnnotation: 'c4nary-pod-annotation/+=',
  log: 'c4nary-log/+=',
  event: 'c4nary-event/+=',
  eventUrl: 'c4nary-event-url',
  condition: 'c4nary-condition/+=',
  termination: 'c4nary-termination/+=',
  probe: 'c4nary-probe-header',
  apiError: 'c4nary-api-error/+=',
  nodeAnnotation: 'c4nary-node-annotation',
  namespaceAnnotation: 'c4nary-namespace-annotation',
} as const

const IMAGE = 'registry.example/vault:1'

/** In plain, base64, URL-encoded and as hex: however something may have written it. */
export function formsOf(canary: string): string[] {
  const bytes = Buffer.from(canary)
  return [
    canary,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(canary),
    JSON.stringify(canary).slice(1, -1),
  ]
}

export const CANARY_CLUSTER: Scenario = {
  storageClasses: [],
  programs: {
    [IMAGE]: {
      exits: { code: 1, afterSeconds: 2 },
      lastWords: [
        `connecting with password=${CANARIES.log}`,
        `{"level":"error","api_key":"${CANARIES.log}","msg":"refused"}`,
        `postgres://admin:${CANARIES.log.replaceAll('/', '')}@db.vault:5432/vault is down`,
        `Authorization: Bearer ${CANARIES.log}`,
        'harmless line',
      ],
    },
  },
  steps: [
    {
      ago: '20m',
      apply: [
        {
          ...namespace('vault'),
          metadata: { name: 'vault', annotations: { owner: CANARIES.namespaceAnnotation } },
        },
        { ...node('node-a', 'zone-1'), metadata: { name: 'node-a', annotations: { note: CANARIES.nodeAnnotation } } },
        secret('vault', 'keys', { KEY: CANARIES.secret }),
        configMap('vault', 'settings', { SETTING: CANARIES.configMap }),
        deployment('vault', 'vault', {
          image: IMAGE,
          args: [`--key=${CANARIES.args}`, CANARIES.args],
          env: [
            { name: 'PLAIN', value: CANARIES.env },
            { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'KEY' } } },
            { name: 'SETTING', valueFrom: { configMapKeyRef: { name: 'settings', key: 'SETTING' } } },
          ],
          annotations: {
            note: CANARIES.annotation,
            'kubectl.kubernetes.io/last-applied-configuration': `{"env":"${CANARIES.lastApplied}"}`,
          },
          pod: { imagePullSecrets: [{ name: 'registry' }] },
        }),
      ],
    },
  ],
}

interface CanaryStore {
  list(resource: 'pods', namespace: string): { metadata: object; spec?: object; status?: object }[]
  update(resource: 'pods', object: never): unknown
  create(resource: 'events', draft: never): unknown
}

/** What no template can say: written upon the pods that have come to be. Without controllers, which would write over it. */
export function hideCanaries(store: CanaryStore): void {
  for (const pod of store.list('pods', 'vault')) {
    const metadata = pod.metadata as { name: string; uid: string }
    const spec = pod.spec as { containers: object[] }
    const status = pod.status as { containerStatuses: object[]; conditions: object[] }
    // Without a word that says so: it is known from the pod.
    const secretText = `invalid token=${CANARIES.termination}: exec: "${CANARIES.env}": ${CANARIES.args} not found`
    store.update('pods', {
      ...pod,
      metadata: {
        ...metadata,
        annotations: { note: CANARIES.podAnnotation },
        managedFields: [{ manager: CANARIES.managedFields, operation: 'Update' }],
      },
      spec: {
        ...spec,
        containers: spec.containers.map((container) => ({
          ...container,
          command: ['/bin/vault', CANARIES.command],
          livenessProbe: { httpGet: { path: '/', port: 1, httpHeaders: [{ name: 'X', value: CANARIES.probe }] } },
        })),
      },
      status: {
        ...status,
        message: `refused: password: ${CANARIES.condition}`,
        conditions: [
          ...status.conditions,
          { type: 'Custom', status: 'False', message: `client_secret=${CANARIES.condition}` },
        ],
        containerStatuses: status.containerStatuses.map((container) => ({
          ...container,
          lastState: {
            terminated: { exitCode: 1, reason: 'Error', message: secretText, finishedAt: '2026-01-01T00:00:00Z' },
          },
        })),
      },
    } as never)
    const now = new Date().toISOString().replace(/\.\d+Z/, 'Z')
    store.create('events', {
      metadata: { name: `${metadata.name}.canary`, namespace: 'vault' },
      involvedObject: { kind: 'Pod', name: metadata.name, namespace: 'vault', uid: metadata.uid },
      type: 'Warning',
      reason: 'FailedMount',
      message: `login with access_key ${'= '}${CANARIES.event} failed at https://user:${CANARIES.eventUrl}@registry.example/v2`,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    } as never)
  }
}
