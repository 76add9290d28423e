// The fixtures of issue types, as snapshots. A file is named after the issue that its objects show, and holds them as the
// API gives them: `<issue>.yaml`, `<issue>.<variant>.yaml`; the variant `recovered` shows one that is over.
//
// Who creates them on a real API server has to give events and owner references the uids that the server chose, write
// `status` by its subresource, delete what has a `deletionTimestamp`, and leave PodMetrics out.
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { ReadableKind, Snapshot } from '../../../src/server/kubernetes/diagnosis/snapshot.ts'

/** The time at which the fixtures were taken. */
export const FIXTURE_NOW = Date.parse('2026-11-20T12:00:00Z')

export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string }
  readonly [field: string]: unknown
}

export interface IssueFixture {
  /** `crash_loop.between` */
  readonly name: string
  /** `crash_loop` */
  readonly issue: string
  readonly recovered: boolean
  readonly objects: readonly ApiObject[]
}

let read: readonly IssueFixture[] | undefined

export function issueFixtures(): readonly IssueFixture[] {
  read ??= globSync('test/fixtures/issues/*.yaml')
    .toSorted()
    .map((file) => {
      const name = basename(file, '.yaml')
      const [issue = '', variant] = name.split('.')
      const documents = parseAllDocuments(readFileSync(file, 'utf8'))
      return {
        name,
        issue,
        recovered: variant === 'recovered',
        objects: documents.map((document) => document.toJS() as ApiObject),
      }
    })
  return read
}

export function issueFixture(name: string): IssueFixture {
  const found = issueFixtures().find((fixture) => fixture.name === name)
  if (found === undefined) throw new Error(`no fixture ${name}`)
  return found
}

/** Events among the objects, in any order, are those of the snapshot. usage is found by name. ConfigMaps are left out: a diagnosis reads none. */
export function snapshotOf(objects: readonly ApiObject[]): Snapshot {
  const kinds = Map.groupBy(objects, ({ kind }) => kind)
  const usage = (kinds.get('PodMetrics') ?? []) as unknown as readonly PodMetrics[]
  return {
    objects: Object.fromEntries([...kinds].filter(([kind]) => kind !== 'PodMetrics' && kind !== 'ConfigMap')) as {
      [K in ReadableKind]?: never[]
    },
    usage: usage.flatMap(({ metadata, containers }) =>
      containers.map((container) => ({
        namespace: metadata.namespace,
        pod: metadata.name,
        container: container.name,
        memoryBytes: Number.parseInt(container.usage.memory, 10) * 1024,
      })),
    ),
  }
}

interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly containers: readonly { readonly name: string; readonly usage: { readonly memory: string } }[]
}
