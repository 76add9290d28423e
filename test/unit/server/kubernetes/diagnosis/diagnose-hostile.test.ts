import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MESSAGE } from '../../../../../src/server/kubernetes/diagnosis/clean-message.ts'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { ISSUE_RULES } from '../../../../../src/server/kubernetes/diagnosis/issue-rules.ts'
import type { Snapshot } from '../../../../../src/server/kubernetes/diagnosis/snapshot.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixtures, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const fixtures = issueFixtures()
const KINDS = [...new Set(ISSUE_RULES.flatMap(({ of }) => of)), 'Event', 'EndpointSlice']

/** Expects plain values of a bounded size, and only known issue types. */
function expectSound(snapshot: Snapshot): void {
  const { findings, pods } = diagnose(snapshot, FIXTURE_NOW)
  expect(JSON.parse(JSON.stringify(findings))).toEqual(findings)
  for (const finding of findings) {
    expect(JSON.stringify(finding).length).toBeLessThan(8000)
    for (const { field, value } of finding.evidence) {
      expect(field.length).toBeLessThanOrEqual(MAX_MESSAGE)
      expect(['string', 'number', 'boolean']).toContain(typeof value)
    }
  }
  for (const { gravest } of pods) expect([...ISSUE_RULES.map(({ id }) => id), 'none']).toContain(gravest)
}

const junk = fc.oneof(
  fc.constantFrom(null, undefined, true, 0, -1, '', 'x', [], {}, [null], [[]], ['x'], Number.NaN),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Leaves out the kinds that `snapshotOf` itself parses. */
const isRead = ({ kind }: ApiObject) => kind !== 'PodMetrics' && kind !== 'ConfigMap'

/** The paths of all values in an object. */
function paths(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, member]) => paths(member, [...path, key]))]
}

function replaced(object: ApiObject, path: readonly string[], value: unknown): ApiObject {
  const copy = structuredClone(object) as unknown as Record<string, unknown>
  const last = path.at(-1)
  let at = copy
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>
  if (last !== undefined) at[last] = value
  return copy as unknown as ApiObject
}

describe('diagnose', () => {
  it('returns sound findings for objects of any shape', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.jsonValue({ maxDepth: 5 })), { maxLength: 8 }),
        (all) => {
          const objects = Map.groupBy(all, ([kind]) => kind)
          expectSound({
            objects: Object.fromEntries([...objects].map(([kind, list]) => [kind, list.map(([, object]) => object)])),
          } as unknown as Snapshot)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('does not throw if any one field of a fixture is missing or malformed', () => {
    const places = fixtures.flatMap(({ objects }) =>
      objects.flatMap((object, index) =>
        paths(object)
          .filter((path) => path.length > 0 && path[0] !== 'kind')
          .map((path) => ({ objects, index, path })),
      ),
    )
    // Every second place is enough; a changed fixture selects others.
    const some = places.filter((_, place) => place % 2 === 0)
    expect(some.length).toBeGreaterThan(5000)
    const values = [undefined, null, 'x', 7, [], {}, [null]]
    const thrown = some.flatMap(({ objects, index, path }, place) => {
      const value = values[place % values.length]
      const changed = objects.with(index, replaced(objects[index] as ApiObject, path, value))
      try {
        diagnose({ objects: snapshotOf(changed.filter(isRead)).objects }, FIXTURE_NOW)
        return []
      } catch (error) {
        return [`${path.join('.')} = ${JSON.stringify(value)}: ${error}`]
      }
    })
    expect(thrown).toEqual([])
  })

  it('returns sound findings for fixtures with several malformed fields', () => {
    const places = fixtures.map(({ objects }) => {
      const [object] = objects
      return {
        objects,
        object: object as ApiObject,
        paths: paths(object).filter(([first]) => first !== undefined && first !== 'kind'),
      }
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.array(fc.tuple(fc.nat(), junk), { minLength: 1, maxLength: 4 }),
        (at, changes) => {
          let object = at.object
          for (const [where, value] of changes) {
            const path = at.paths[where % at.paths.length] ?? []
            try {
              object = replaced(object, path, value)
            } catch {
              // An earlier change removed this path.
            }
          }
          const kinds = at.objects.slice(1).filter(isRead)
          expectSound({ objects: snapshotOf([object, ...kinds]).objects })
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('leaves a deadline that is no number out of the evidence', () => {
    const [pod] = fixtures.find(({ name }) => name === 'deadline_exceeded')?.objects ?? []
    const changed = replaced(pod as ApiObject, ['spec', 'activeDeadlineSeconds'], Number.NaN)
    expectSound(snapshotOf([changed]))
    expect(diagnose(snapshotOf([changed]), FIXTURE_NOW).findings.map(({ issue }) => issue)).toContain(
      'deadline_exceeded',
    )
  })

  it('returns the same diagnosis for any order of objects and their events', () => {
    const withEvents = fixtures.filter(({ objects }) => objects.filter(({ kind }) => kind === 'Event').length > 1)
    expect(withEvents.length).toBeGreaterThan(20)
    fc.assert(
      fc.property(
        fc
          .constantFrom(...withEvents)
          .chain(({ objects }) =>
            fc.tuple(fc.constant(objects), fc.shuffledSubarray([...objects], { minLength: objects.length })),
          ),
        ([objects, shuffled]) => {
          expect(diagnose(snapshotOf(shuffled), FIXTURE_NOW)).toEqual(diagnose(snapshotOf(objects), FIXTURE_NOW))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('returns the same diagnosis for any order of events with equal times and different messages', () => {
    const { objects } = fixtures.find(({ name }) => name === 'volume_mount_failed') ?? { objects: [] }
    const [pod, event] = objects as [ApiObject, ApiObject]
    const others = ['mount failed: a', 'mount failed: b', 'mount failed: c'].map((message) => ({ ...event, message }))

    const first = diagnose(snapshotOf([pod, ...others]), FIXTURE_NOW)

    expect(first.findings).toHaveLength(1)
    expect(diagnose(snapshotOf([pod, ...others.toReversed()]), FIXTURE_NOW)).toEqual(first)
  })

  it('ignores the events of an earlier pod with the same name', () => {
    const { objects } = fixtures.find(({ name }) => name === 'volume_multi_attach') ?? { objects: [] }
    const [pod, ...events] = objects as [ApiObject, ...ApiObject[]]
    const reborn = { ...pod, metadata: { ...pod.metadata, uid: 'f3b1c2d4-0000-4000-9000-000000000000' } }

    expect(diagnose(snapshotOf([reborn, ...events]), FIXTURE_NOW).findings.map(({ issue }) => issue)).toEqual([
      'stuck_creating',
    ])
  })
})
