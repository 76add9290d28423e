// Objects as an API gives them in, the same objects on an API server out, simulated or real: it chooses uids and times itself, takes `status` by a
// subresource, and marks as deleted what somebody deletes.
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import type { ApiObject } from './issue-fixtures.ts'

/** Owners before what they own, so that their uids are known. */
const ORDER = [
  'Namespace',
  'Node',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'ReplicaSet',
  'Job',
  'Pod',
  'Event',
]
const CLUSTER_WIDE = new Set(['Namespace', 'Node'])

export interface Loaded {
  /** Takes away what is in no namespace, and empties the namespace `default`. */
  unload(): Promise<void>
}

/** All of the fixture's namespace `shop` goes into `namespace`. What the server does not serve is left out. */
export async function loadObjects(
  kubeConfig: KubeConfig,
  objects: readonly ApiObject[],
  namespace: string,
): Promise<Loaded> {
  const send = await sender(kubeConfig)
  const uids = new Map<string, string>()
  const inOrder = objects.toSorted((a, b) => rank(a) - rank(b))
  const created: string[] = []
  const deleted: (() => Promise<unknown>)[] = []
  if (!objects.some(({ kind }) => kind === 'Namespace')) {
    await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  }
  for (const original of inOrder) {
    const object = moved(original, namespace, uids)
    const { name, deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata as Metadata
    const path = pathOf(object)
    const { uid } = ((await send('POST', path, withoutServerFields(object))) as ApiObject).metadata
    if (original.metadata.uid !== undefined && uid !== undefined) uids.set(original.metadata.uid, uid)
    if (CLUSTER_WIDE.has(object.kind) || path.includes('/namespaces/default/')) created.push(`${path}/${name}`)
    const setStatus = async () => {
      if (object['status'] === undefined || object.kind === 'Event') return
      await send('PATCH', `${path}/${name}/status`, { status: object['status'] })
    }
    if (deletionTimestamp === undefined) await setStatus()
    else {
      deleted.push(async () => {
        await send('DELETE', `${path}/${name}`, { gracePeriodSeconds: deletionGracePeriodSeconds })
        await setStatus()
      })
    }
  }
  // Nothing can be made any more in a namespace that ends.
  for (const remove of deleted) await remove()
  return {
    async unload() {
      for (const path of created) await send('DELETE', path, { gracePeriodSeconds: 0 })
    },
  }
}

interface Metadata {
  readonly name: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
}

function rank({ kind }: ApiObject): number {
  const at = ORDER.indexOf(kind)
  // Between what owns pods and the pods.
  return at < 0 ? ORDER.indexOf('Pod') - 0.5 : at
}

function pathOf({ apiVersion, kind, metadata }: ApiObject): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const place = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${metadata.namespace}`
  return `${base}${place}/${kind.toLowerCase()}s`
}

/** The text of it with other uids and another namespace. */
function moved(object: ApiObject, namespace: string, uids: ReadonlyMap<string, string>): ApiObject {
  const replaced = JSON.stringify(object, (key, value: unknown) => {
    if (typeof value !== 'string') return value
    if (key === 'namespace' && value === 'shop') return namespace
    return uids.get(value) ?? value
  })
  const copy = JSON.parse(replaced) as ApiObject
  return object.kind === 'Namespace' ? { ...copy, metadata: { ...copy.metadata, name: namespace } } : copy
}

function withoutServerFields(object: ApiObject): object {
  const {
    uid: _uid,
    creationTimestamp: _at,
    deletionTimestamp: _gone,
    deletionGracePeriodSeconds: _grace,
    ...metadata
  } = object.metadata as Metadata & Record<string, unknown>
  return { ...object, metadata }
}

async function sender(kubeConfig: KubeConfig) {
  const server = kubeConfig.getCurrentCluster()?.server ?? ''
  const request = server.startsWith('https:') ? requestTls : requestPlain
  const options: Parameters<typeof kubeConfig.applyToHTTPSOptions>[0] = {}
  await kubeConfig.applyToHTTPSOptions(options)
  return (method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body)
      const headers = {
        ...(options.headers as Record<string, string>),
        // Said aloud: Node leaves it out of a DELETE, and the server takes the body for the next request.
        'content-length': Buffer.byteLength(text),
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      }
      const asked = request(`${server}${path}`, { method, headers, ca: options.ca }, (response) => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          answer += chunk
        })
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 400) resolve(JSON.parse(answer))
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`))
        })
      })
      asked.on('error', reject)
      asked.end(text)
    })
}
