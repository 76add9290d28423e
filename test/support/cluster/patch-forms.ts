// The forms of a patch, each as the options to hand to a call of the Kubernetes client: it sends the content type that it is told.
import { setHeaderOptions } from '@kubernetes/client-node'

const form = (type: string) => setHeaderOptions('Content-Type', `application/${type}`) as never

export const MERGE = form('merge-patch+json')
export const STRATEGIC = form('strategic-merge-patch+json')
export const JSON_PATCH = form('json-patch+json')
