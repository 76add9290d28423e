// Creates the pods of a workload from its template.
import type { V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node'
import { suffix } from '../admit-object.ts'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'
import type { ControlledCluster, OwningResource } from './controlled-cluster.ts'
import { metadataOf, ownerReferenceTo, tellEvent } from './controlled-cluster.ts'

interface PodToMake {
  readonly resource: OwningResource
  readonly owner: Stored<OwningResource>
  readonly template: Wire<V1PodTemplateSpec>
  /** @default one made up after the owner's */
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: Partial<Wire<V1Pod>['spec']>
}

const COMPONENTS: Readonly<Record<OwningResource, string>> = {
  deployments: 'deployment-controller',
  replicasets: 'replicaset-controller',
  statefulsets: 'statefulset-controller',
  daemonsets: 'daemonset-controller',
  jobs: 'job-controller',
  cronjobs: 'cronjob-controller',
}

export function makePod(
  view: ControlledCluster,
  { resource, owner, template, name, labels, spec }: PodToMake,
): Stored<'pods'> {
  const { name: ownerName, namespace } = metadataOf(owner)
  const podName = name ?? `${ownerName}-${suffix(5)}`
  const { annotations } = template.metadata ?? {}
  const pod = {
    metadata: {
      name: podName,
      namespace,
      creationTimestamp: wireTime(view.now()),
      labels: { ...template.metadata?.labels, ...labels },
      ...(annotations && { annotations }),
      ...(name === undefined && { generateName: `${ownerName}-` }),
      ownerReferences: ownerReferenceTo(resource, owner),
    },
    spec: { restartPolicy: 'Always', serviceAccountName: 'default', ...template.spec, ...spec },
    status: { phase: 'Pending' },
  } as Wire<V1Pod>
  tellEvent(view, resource, owner, {
    reason: 'SuccessfulCreate',
    message: `Created pod: ${podName}`,
    component: COMPONENTS[resource],
  })
  return view.store.create('pods', pod)
}

export function removePod(
  view: ControlledCluster,
  resource: OwningResource,
  owner: Stored<OwningResource>,
  pod: Stored<'pods'>,
): void {
  const { name, namespace } = metadataOf(pod)
  tellEvent(view, resource, owner, {
    reason: 'SuccessfulDelete',
    message: `Deleted pod: ${name}`,
    component: COMPONENTS[resource],
  })
  view.store.remove('pods', namespace, name)
}
