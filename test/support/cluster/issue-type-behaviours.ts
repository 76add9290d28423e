// Defines one test for each issue fixture: the diagnosis finds exactly its issue in objects that the API has stored.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { diagnose } from '../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { ReadableKind, Snapshot } from '../../../src/server/kubernetes/diagnosis/snapshot.ts'
import { namespaceScope } from '../../../src/server/kubernetes/namespace-scope.ts'
import { readCluster } from '../../../src/server/kubernetes/read-cluster.ts'
import { NAMESPACED_KINDS } from '../../../src/server/kubernetes/snapshot-of-namespace.ts'
import type { StartedCluster } from './behaving-cluster.ts'
import type { ApiObject } from './issue-fixtures.ts'
import { FIXTURE_NOW, issueFixtures, snapshotOf } from './issue-fixtures.ts'
import { loadObjects } from './load-objects.ts'

/** How long after the test the objects are judged: the server sets the times of creation and deletion, and no object may be too young. */
const LATER_MS = 20 * 60_000

/** Issues of other objects that a fixture also has. */
const ALSO: Readonly<Record<string, readonly string[]>> = { node_lost: ['node_unreachable'] }

export function describeIssueTypes(
  name: string,
  start: () => Promise<Pick<StartedCluster, 'kubeConfig' | 'stop'>>,
): void {
  describe(`diagnose on ${name}`, () => {
    let cluster: Pick<StartedCluster, 'kubeConfig' | 'stop'>
    let api: ClusterApi
    beforeAll(async () => {
      cluster = await start()
      api = createClusterApi(cluster.kubeConfig)
    }, 60_000)
    afterAll(async () => {
      await api?.close()
      await cluster?.stop()
    })

    it.each(issueFixtures().map((fixture, at) => ({ ...fixture, namespace: `fixture-${at}` })))(
      'finds exactly the issues of fixture $name',
      async ({ name, issue, recovered, objects, namespace }) => {
        // There is no metrics API, so usage comes from the fixture.
        const served = objects.filter(({ kind }) => kind !== 'PodMetrics')
        const { usage } = snapshotOf(objects)
        const now = Date.now() + LATER_MS
        const loaded = await loadObjects(cluster.kubeConfig, shifted(served, now - FIXTURE_NOW), namespace)
        try {
          const there = { namespace, usage: (usage ?? []).map((one) => ({ ...one, namespace })) }

          const { findings, pods } = diagnose({ objects: await read(api, namespace), usage: there.usage }, now)

          const expected = issue === 'none' ? [] : [issue, ...(ALSO[name] ?? [])]
          expect(findings.map((finding) => finding.issue)).toEqual(expected)
          if (issue === 'none') expect(pods.map(({ gravest }) => gravest)).toEqual(['none', 'none'])
          else {
            const [first] = objects
            const subject = first?.kind === 'Namespace' ? namespace : first?.metadata.name
            expect(findings[0]).toMatchObject({
              state: recovered ? 'recovered' : 'current',
              object: { kind: first?.kind, name: subject },
            })
            expect(findings[0]?.evidence.length).toBeGreaterThan(0)
          }
        } finally {
          await loaded.unload()
        }
      },
    )
  })
}

/** Reads a namespace and the cluster-wide objects in the same way as the tools. */
async function read(api: ClusterApi, namespace: string): Promise<Snapshot['objects']> {
  const reader = readCluster({ reads: api, log: api.log, scope: namespaceScope() })
  const within: readonly ReadableKind[] = ['Pod', ...NAMESPACED_KINDS]
  const lists = await Promise.all(within.map(async (kind) => [kind, await reader.list(kind, namespace)] as const))
  const own = await reader.get('Namespace', undefined, namespace)
  const ofNodes = await reader.list('Event', 'default')
  const objects = Object.fromEntries(lists) as { Event?: readonly unknown[] }
  return {
    ...objects,
    Event: [...(objects.Event ?? []), ...ofNodes],
    Node: await reader.list('Node', undefined),
    Namespace: own === undefined ? [] : [own],
  } as Snapshot['objects']
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** The objects with all of their times moved. */
function shifted(objects: readonly ApiObject[], byMs: number): readonly ApiObject[] {
  return JSON.parse(
    JSON.stringify(objects, (_key, value: unknown) => {
      if (typeof value !== 'string' || !TIME.test(value)) return value
      // The API takes fractions of six digits for some fields, and any for the others.
      return new Date(Date.parse(value) + byMs).toISOString().replace('Z', '000Z')
    }),
  ) as readonly ApiObject[]
}
