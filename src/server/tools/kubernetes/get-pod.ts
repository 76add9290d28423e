// Defines the tool get_pod.
import type { V1Pod, V1Volume } from '@kubernetes/client-node'
import { z } from 'zod'
import { nameInput, namespaceInput } from '../object-name.ts'
import { defineTool } from '../tool.ts'
import { cleanLine } from './clean-text.ts'
import { conditionOutput, summarizeConditions } from './condition-summary.ts'
import { containerOutput, MESSAGE_LENGTH, summarizeContainers } from './container-summary.ts'
import { DATA_NOTICE, eventOutput, recentEvents } from './event-summary.ts'
import { READ_ONLY } from './kubernetes-inputs.ts'
import { maskMessages } from './mask-messages.ts'
import { podOutput, podTable, summarizePod } from './pod-summary.ts'
import type { ToolCluster } from './tool-cluster.ts'

const MOST_LABELS = 30

export function getPod({ reads, scope, now }: ToolCluster) {
  return defineTool({
    name: 'get_pod',
    title: 'Get pod',
    description:
      'Describes one pod: its containers with their states, last exits, limits and environment sources, its conditions, volumes and latest events. Never returns values of environment variables, arguments, Secrets or ConfigMaps. For the cause of a problem, use diagnose_pod.',
    input: {
      namespace: namespaceInput.describe('The namespace of the pod.'),
      name: nameInput('pod').describe('The name of the pod, from list_pods.'),
    },
    output: {
      success: z.literal(true),
      pod: podOutput.extend({
        message: z.string().optional(),
        labels: z.record(z.string(), z.string()),
        service_account: z.string().optional(),
        qos_class: z.string().optional(),
        conditions: z.array(conditionOutput),
        containers_detail: z.array(containerOutput),
        volumes: z.array(z.string()),
      }),
      recent_events: z
        .array(eventOutput)
        .optional()
        .describe('The newest first; missing if this server has no permission to read events.'),
      notice: z.string(),
    },
    annotations: READ_ONLY,
    async run({ namespace, name }, { signal }) {
      scope.check(namespace)
      const pod = await reads.get('pods', { namespace, name }, signal)
      scope.confirm([pod.metadata?.namespace])
      const events = await recentEvents(reads, namespace, pod, signal)
      const { status, spec, metadata } = pod
      const told = {
        success: true as const,
        pod: {
          ...summarizePod(pod, now()),
          ...(status?.message && { message: cleanLine(status.message, MESSAGE_LENGTH) }),
          labels: Object.fromEntries(Object.entries(metadata?.labels ?? {}).slice(0, MOST_LABELS)),
          ...(spec?.serviceAccountName && { service_account: spec.serviceAccountName }),
          ...(status?.qosClass && { qos_class: status.qosClass }),
          conditions: summarizeConditions(status?.conditions),
          containers_detail: summarizeContainers(spec, statusesOf(pod)),
          volumes: (spec?.volumes ?? []).slice(0, 50).map(volumeText),
        },
        ...(events !== undefined && { recent_events: events }),
        notice: DATA_NOTICE,
      }
      return maskMessages(told, pod)
    },
    text({ pod, recent_events = [] }) {
      const containers = pod.containers_detail.map(({ name, image, current, last, restarts = 0 }) =>
        [
          `container ${name} (${image}):`,
          [current?.state, current?.reason, current?.message].filter(Boolean).join(' ') || 'no state yet',
          last &&
            `; before: ${[last.reason, last.exit_code !== undefined && `exit code ${last.exit_code}`].filter(Boolean).join(', ')}`,
          restarts > 0 && `; ${restarts} restarts`,
        ]
          .filter(Boolean)
          .join(' '),
      )
      const events = recent_events.map(
        ({ type, reason, message, count }) => `${type} ${reason} (${count}x): ${message}`,
      )
      return [
        podTable([pod]),
        ...(pod.message ? [pod.message] : []),
        ...containers,
        'Events, the newest first:',
        ...events,
        DATA_NOTICE,
      ].join('\n')
    },
  })
}

function statusesOf({ status }: V1Pod) {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
}

/** Returns the kind and the source of a volume. */
function volumeText(volume: V1Volume): string {
  const { name, secret, configMap, persistentVolumeClaim } = volume
  if (secret) return `${name}: Secret ${secret.secretName ?? ''}`
  if (configMap) return `${name}: ConfigMap ${configMap.name ?? ''}`
  if (persistentVolumeClaim) return `${name}: PersistentVolumeClaim ${persistentVolumeClaim.claimName}`
  const kind = Object.entries(volume).find(([field, value]) => field !== 'name' && value !== undefined)
  return `${name}: ${kind?.[0] ?? 'emptyDir'}`
}
