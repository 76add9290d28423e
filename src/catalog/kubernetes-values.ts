// What operations on the Kubernetes API may be labelled with.

/** An API verb; `log`, `evict` and `scale` are those of a subresource, `review` asks for permissions. */
export const KUBERNETES_OPERATIONS = [
  'get',
  'list',
  'watch',
  'log',
  'create',
  'update',
  'patch',
  'delete',
  'evict',
  'scale',
  'review',
] as const

/** Resources by their plural, and the server's own endpoints `version` and `readyz`. */
export const KUBERNETES_RESOURCES = [
  'pods',
  'events',
  'nodes',
  'namespaces',
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'services',
  'endpoints',
  'endpointslices',
  'persistentvolumeclaims',
  'persistentvolumes',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
  'resourcequotas',
  'limitranges',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'ingresses',
  'selfsubjectaccessreviews',
  'version',
  'readyz',
] as const
