// Returns the uids under which the events of an object are stored.
import type { V1ObjectMeta } from '@kubernetes/client-node'
import { entries, text } from './field.ts'

/** On what the API has of a static pod, by its kubelet: the uid that the kubelet itself knows it by, a hash of its file. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/** It stands in field selectors, where a comma would begin another. */
const PLAIN = /^[\w.-]{1,128}$/

/**
 * The events of etcd or kube-apiserver, which their kubelet sends, are not under the uid that the API gave them: `kubectl describe` looks
 * under that of the annotation, too. Others, such as the controllers', are under their own.
 *
 * @example eventUids(pod.metadata) // ['bb138c95-…', 'd0b1f5a3…']
 */
export function eventUids(metadata: V1ObjectMeta | undefined): readonly string[] {
  const mirrored = entries(metadata?.annotations).find(([key]) => key === MIRROR_ANNOTATION)?.[1] ?? ''
  return [...new Set([text(metadata?.uid), PLAIN.test(mirrored) ? mirrored : ''])].filter((uid) => uid !== '')
}
