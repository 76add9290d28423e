// Parses field selectors. Each resource supports the same fields as in the real API.
import type { ServedName, Stored } from './served-resources.ts'
import { SERVED } from './served-resources.ts'
import { StatusError } from './status-error.ts'
import { isJsonObject } from './wire.ts'

const EVERYWHERE = ['metadata.name', 'metadata.namespace']
const FIELDS: Partial<Record<ServedName, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  events: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (field) => `involvedObject.${field}`,
    ),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
}

/** Fields whose name in the object is another. */
const PATHS: Readonly<Record<string, string>> = { source: 'source.component', 'status.successful': 'status.succeeded' }

export function parseFieldSelector(resource: ServedName, text: string): (object: Stored<ServedName>) => boolean {
  const known = new Set([...EVERYWHERE, ...(FIELDS[resource] ?? [])])
  const tests = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, field, sign, value] = /^\s*([\w.]+)\s*(==|=|!=)(.*)$/.exec(part) ?? []
      if (field === undefined)
        throw new StatusError('BadRequest', `invalid selector: '${text}'; can't understand '${part}'`)
      if (!known.has(field)) {
        const { version, kind } = SERVED[resource]
        throw new StatusError(
          'BadRequest',
          `Unable to find "${resource}" that match label selector "", field selector "${text}": field label not supported: ${field} (${version}, Kind=${kind})`,
        )
      }
      const path = (PATHS[field] ?? field).split('.')
      return (object: Stored<ServedName>) => (textAt(object, path) === value) === (sign !== '!=')
    })
  return (object) => tests.every((test) => test(object))
}

function textAt(object: object, path: readonly string[]): string {
  let value: unknown = object
  for (const field of path) value = isJsonObject(value) ? value[field] : undefined
  return value === undefined || value === null ? '' : String(value)
}
