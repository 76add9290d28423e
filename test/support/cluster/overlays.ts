// A real Kubernetes API and the name of an overlay in, its objects as that API has them out.
import type { KubernetesObject } from '@kubernetes/client-node'
import type { KubeApiServer } from './kube-apiserver.ts'

/** Overlay → its namespace. */
export const OVERLAYS = { dev: 'default', 'production-pull': 'mcp', 'production-push': 'mcp' } as const
export type Overlay = keyof typeof OVERLAYS

export interface AppliedOverlay {
  /** As kubectl renders it. */
  readonly manifests: string
  /** As the API has them: with its defaults, in the form that it stores. */
  readonly objects: readonly KubernetesObject[]
}

/** What a cluster has before ours comes: the operator's definitions, and Pod Security in the namespace that is there already. */
export function prepareCluster({ kubectl }: KubeApiServer, operatorDefinitions: string): void {
  kubectl(['apply', '--server-side', '--filename', operatorDefinitions])
  kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
  kubectl(['label', 'namespace', 'default', 'pod-security.kubernetes.io/enforce=restricted'])
}

/** Server-side, as the documents say, where an unknown field and a warning are errors. */
export function applyOverlay({ kubectl }: KubeApiServer, overlay: Overlay | 'python-server'): AppliedOverlay {
  const manifests = kubectl(['kustomize', `k8s/overlays/${overlay}`])
  const strict = ['--validate=strict', '--warnings-as-errors']
  kubectl(['apply', '--server-side', ...strict, '--filename', '-'], { input: manifests })
  const told = kubectl(['get', '--output', 'json', '--filename', '-'], { input: manifests })
  return { manifests, objects: JSON.parse(told).items }
}
