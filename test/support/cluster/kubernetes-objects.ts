// Manifests as text in, what Kubernetes would make of them out: objects by kind, and the pods that workloads would start.
import type {
  KubernetesObject,
  V1ConfigMap,
  V1Container,
  V1Deployment,
  V1Pod,
  V1PodSpec,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node'
import { parseAllDocuments } from 'yaml'
import type { NetworkPolicy } from './network-policies.ts'

/** What the Prometheus Operator reads; its client has no types for it. */
export interface ServiceMonitor extends KubernetesObject {
  readonly spec: {
    readonly jobLabel?: string
    readonly selector: { readonly matchLabels: Labels }
    readonly endpoints: readonly {
      readonly port: string
      readonly path: string
      readonly interval: string
      readonly honorLabels?: boolean
      readonly relabelings?: readonly { readonly sourceLabels: readonly string[]; readonly targetLabel: string }[]
    }[]
  }
}

export interface Kinds {
  ConfigMap: V1ConfigMap
  Deployment: V1Deployment
  NetworkPolicy: NetworkPolicy
  Service: V1Service
  ServiceMonitor: ServiceMonitor
  StatefulSet: V1StatefulSet
}

export type Labels = Readonly<Record<string, string>>

/** Anything that starts pods. */
export interface Workload {
  readonly name: string
  readonly namespace: string
  readonly pod: V1Pod & { readonly spec: V1PodSpec }
}

/** @throws {Error} of the first fault in the YAML. */
export function objectsIn(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    return document.toJS() as KubernetesObject
  })
}

export function ofKind<K extends keyof Kinds>(objects: readonly KubernetesObject[], kind: K): Kinds[K][] {
  return objects.filter((object) => object.kind === kind) as Kinds[K][]
}

export function workloadsIn(objects: readonly KubernetesObject[]): Workload[] {
  return [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'StatefulSet')].map(({ metadata, spec }) => {
    const name = metadata?.name ?? ''
    const namespace = metadata?.namespace ?? 'default'
    const template = spec?.template
    if (template?.spec === undefined) throw new Error(`${name} has no pod`)
    // What a controller adds to the template.
    const claims = (spec as V1StatefulSet['spec'])?.volumeClaimTemplates ?? []
    const volumes = claims.map((claim) => ({
      name: claim.metadata?.name ?? '',
      persistentVolumeClaim: { claimName: `${claim.metadata?.name}-${name}-0` },
    }))
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-0`, namespace, labels: template.metadata?.labels ?? {} },
      spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...volumes] },
    }
    return { name, namespace, pod }
  })
}

/** Those that run all the time: sidecars are among the init containers. */
export function containersOf({ spec }: { readonly spec: V1PodSpec }): V1Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers]
}

/** Its variables, but for those that only a cluster knows. */
export function variablesOf(container: V1Container): Record<string, string> {
  const given = (container.env ?? []).filter(({ value }) => value !== undefined)
  return Object.fromEntries(given.map(({ name, value }) => [name, String(value)]))
}

export function matches(labels: Labels | undefined, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value)
}
