// A workload and its template in, a pod of it out.
import type { V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node'
import { suffix } from '../admit-object.ts'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'
import type { ClusterView, Owner } from './cluster-view.ts'
import { metadataOf, ownedBy, tellEvent } from './cluster-view.ts'

export interface PodToMake {
  readonly resource: Owner
  readonly owner: Stored<Owner>
  readonly template: Wire<V1PodTemplateSpec>
  /** @default one made up after the owner's */
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: Partial<Wire<V1Pod>['spec']>
}

const COMPONENTS: Readonly<Record<Owner, string>> = {
  deployments: 'deployment-controller',
  replicasets: 'replicaset-controller',
  statefulsets: 'statefulset-controller',
  daemonsets: 'daemonset-controller',
  jobs: 'job-controller',
  cronjobs: 'cronjob-controller',
}

export function makePod(
  view: ClusterView,
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
      ownerReferences: ownedBy(resource, owner),
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

export function removePod(view: ClusterView, resource: Owner, owner: Stored<Owner>, pod: Stored<'pods'>): void {
  const { name, namespace } = metadataOf(pod)
  tellEvent(view, resource, owner, {
    reason: 'SuccessfulDelete',
    message: `Deleted pod: ${name}`,
    component: COMPONENTS[resource],
  })
  view.store.remove('pods', namespace, name)
}
