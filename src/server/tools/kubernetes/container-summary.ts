// Summarizes a container: names, sizes and reasons, but never environment values or arguments, which may be secret.
import type { V1Container, V1ContainerState, V1ContainerStatus, V1EnvVar } from '@kubernetes/client-node'
import { z } from 'zod'
import { time } from '../../kubernetes/diagnosis/field.ts'
import { cleanLine } from './clean-text.ts'

export const MESSAGE_LENGTH = 500
const MOST_ENV = 100

const stateOutput = z.object({
  state: z.enum(['running', 'waiting', 'terminated', 'unknown']),
  reason: z.string().optional(),
  message: z.string().optional(),
  exit_code: z.number().optional(),
  signal: z.number().optional(),
  started_at: z.string().optional(),
  finished_at: z.string().optional(),
})

export const containerOutput = z.object({
  name: z.string(),
  kind: z.enum(['container', 'init', 'sidecar']),
  image: z.string(),
  ready: z.boolean().optional(),
  restarts: z.number().optional(),
  current: stateOutput.optional(),
  last: stateOutput.optional().describe('How the previous run ended.'),
  requests: z.record(z.string(), z.string()),
  limits: z.record(z.string(), z.string()),
  ports: z.array(z.string()),
  probes: z.array(z.string()),
  environment: z.array(z.string()).describe('Names and the sources of their values. Values are never returned.'),
  argument_count: z.number(),
})

type ContainerSummary = z.output<typeof containerOutput>

export function summarizeContainers(
  spec: { readonly containers: V1Container[]; readonly initContainers?: V1Container[] } | undefined,
  statuses: readonly V1ContainerStatus[] = [],
): ContainerSummary[] {
  const of = (kind: 'container' | 'init') => (container: V1Container) =>
    summarizeContainer(
      container,
      kind === 'init' && container.restartPolicy === 'Always' ? 'sidecar' : kind,
      statuses.find(({ name }) => name === container.name),
    )
  return [...(spec?.initContainers ?? []).map(of('init')), ...(spec?.containers ?? []).map(of('container'))]
}

function summarizeContainer(
  container: V1Container,
  kind: ContainerSummary['kind'],
  status: V1ContainerStatus | undefined,
): ContainerSummary {
  const { env = [], envFrom = [], args = [], command = [], ports = [], resources } = container
  const current = status?.state && summarizeState(status.state)
  const last = status?.lastState && summarizeState(status.lastState)
  return {
    name: container.name,
    kind,
    image: cleanLine(container.image ?? '', 300),
    ...(status && { ready: status.ready, restarts: status.restartCount }),
    ...(current && { current }),
    ...(last && { last }),
    requests: { ...resources?.requests },
    limits: { ...resources?.limits },
    ports: ports.map(
      ({ containerPort, protocol = 'TCP', name }) => `${name ? `${name}:` : ''}${containerPort}/${protocol}`,
    ),
    probes: (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).filter(
      (probe) => container[probe] !== undefined,
    ),
    environment: [
      ...envFrom.flatMap(({ configMapRef, secretRef }) => [
        ...(configMapRef ? [`all of ConfigMap ${configMapRef.name}`] : []),
        ...(secretRef ? [`all of Secret ${secretRef.name}`] : []),
      ]),
      ...env.map((variable) => `${cleanLine(variable.name, 100)}: ${sourceOf(variable)}`),
    ].slice(0, MOST_ENV),
    argument_count: args.length + command.length,
  }
}

function sourceOf({ valueFrom }: V1EnvVar): string {
  if (valueFrom?.secretKeyRef) return `key ${valueFrom.secretKeyRef.key} of Secret ${valueFrom.secretKeyRef.name}`
  if (valueFrom?.configMapKeyRef)
    return `key ${valueFrom.configMapKeyRef.key} of ConfigMap ${valueFrom.configMapKeyRef.name}`
  if (valueFrom?.fieldRef) return `field ${valueFrom.fieldRef.fieldPath}`
  return valueFrom?.resourceFieldRef ? `resource ${valueFrom.resourceFieldRef.resource}` : 'a value'
}

/** Undefined for an empty state. */
function summarizeState({ running, waiting, terminated }: V1ContainerState): z.output<typeof stateOutput> | undefined {
  if (running) return { state: 'running', ...times(running) }
  const { reason, message } = waiting ?? terminated ?? {}
  const why = {
    ...(reason && { reason: cleanLine(reason, 100) }),
    ...(message && { message: cleanLine(message, MESSAGE_LENGTH) }),
  }
  if (waiting) return { state: 'waiting', ...why }
  if (!terminated) return undefined
  const { exitCode, signal } = terminated
  return { state: 'terminated', ...why, exit_code: exitCode, ...(signal && { signal }), ...times(terminated) }
}

function times({ startedAt, finishedAt }: { startedAt?: Date; finishedAt?: Date }) {
  return {
    ...(startedAt && { started_at: isoTime(startedAt) }),
    ...(finishedAt && { finished_at: isoTime(finishedAt) }),
  }
}

/** Returns an empty string for an invalid date. */
export function isoTime(date: Date | string | undefined): string {
  const at = time(date)
  return at === undefined ? '' : new Date(at).toISOString().replace('.000Z', 'Z')
}
