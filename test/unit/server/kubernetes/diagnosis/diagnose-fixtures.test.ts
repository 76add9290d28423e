import { describe, expect, it } from 'vitest'
import { ISSUE_TYPES } from '../../../../../src/index.ts'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Finding } from '../../../../../src/server/kubernetes/diagnosis/finding.ts'
import { NO_ISSUE } from '../../../../../src/server/kubernetes/diagnosis/finding.ts'
import { ISSUE_RULES } from '../../../../../src/server/kubernetes/diagnosis/issue-rules.ts'
import { FIXTURE_NOW, issueFixtures, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const fixtures = issueFixtures()
const faulty = fixtures.filter(({ issue }) => issue !== 'none')

/** Issues of other objects that a fixture also has: the node of a lost pod is unreachable. */
const ALSO: Readonly<Record<string, readonly string[]>> = { node_lost: ['node_unreachable'] }

/** `status.containerStatuses[name=web].ready` → `status.containerStatuses[].ready`; another object adds its kind. */
function declared({ of, field }: Finding['evidence'][number]): string {
  const path = field.replace(/\[[^\]]*\](?=\.|$)/g, '[]').replace('.initContainer', '.container')
  return of === undefined ? path : `${of.split('/')[0]}: ${path}`
}

/** Gives the object a separate namespace, nodes and uids, so that all fixtures fit into one cluster. */
function apart<T extends object>(object: T, name: string): T {
  const own = name.replace(/[._]/g, '-')
  const text = JSON.stringify(object)
    .replaceAll('"shop"', JSON.stringify(own))
    .replaceAll('"worker-', `"${own}-worker-`)
    .replace(/"uid":"([^"]+)"/g, (_, uid: string) => `"uid":"${uid.includes('worker') ? uid : `${uid}-${own}`}"`)
  return JSON.parse(text) as T
}

describe('ISSUE_RULES', () => {
  it('has a fixture for every issue type, and an issue type for every fixture', () => {
    const shown = new Set(faulty.map(({ issue }) => issue))

    expect(ISSUE_RULES.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([])
    expect([...shown].filter((id) => !ISSUE_RULES.some((issue) => issue.id === id))).toEqual([])
  })

  it('has a rule for every issue type of the catalog, in the same order', () => {
    expect([NO_ISSUE, ...ISSUE_RULES.map(({ id }) => id)]).toEqual(ISSUE_TYPES)
  })

  it('has full sentences, and explanations of other known issue types only', () => {
    const ids = ISSUE_RULES.map(({ id }) => id)
    for (const { id, title, detection, cause, next, explains = [] } of ISSUE_RULES) {
      expect(title, id).toMatch(/^[A-Z].*[^.]$/)
      for (const sentence of [detection, cause, next.text]) expect(sentence, id).toMatch(/^[A-Z].*[.?]$/)
      expect(
        explains.filter((other) => !ids.includes(other) || other === id),
        id,
      ).toEqual([])
    }
  })

  it('declares every field that the evidence of an issue comes from', () => {
    for (const { name, objects } of faulty) {
      for (const { issue, evidence } of diagnose(snapshotOf(objects), FIXTURE_NOW).findings) {
        const fields = ISSUE_RULES.find(({ id }) => id === issue)?.fields ?? []
        expect(
          evidence.map(declared).filter((field) => !fields.includes(field)),
          name,
        ).toEqual([])
      }
    }
  })
})

describe('diagnose', () => {
  it.each(faulty)('finds exactly the issue of fixture $name', ({ name, issue, recovered, objects }) => {
    const { findings, pods } = diagnose(snapshotOf(objects), FIXTURE_NOW)

    expect(findings.map((finding) => finding.issue)).toEqual([issue, ...(ALSO[name] ?? [])])
    const [finding] = findings
    expect(finding?.state).toBe(recovered ? 'recovered' : 'current')
    expect(finding?.object).toMatchObject({ kind: objects[0]?.kind, name: objects[0]?.metadata.name })
    expect(finding?.evidence.length).toBeGreaterThan(0)
    if (objects[0]?.kind === 'Pod') expect(pods.map(({ gravest }) => gravest)).toEqual([issue])
  })

  it('returns no finding for healthy objects, and lists their pods as healthy', () => {
    const { objects } = fixtures.find(({ name }) => name === 'none') ?? { objects: [] }
    const { findings, pods } = diagnose(snapshotOf(objects), FIXTURE_NOW)

    expect(findings).toEqual([])
    expect(pods.map(({ gravest }) => gravest)).toEqual(['none', 'none'])
  })

  it.each(faulty)(
    'returns the same diagnosis of fixture $name again, and with its objects in reverse order',
    ({ objects }) => {
      const first = diagnose(snapshotOf(objects), FIXTURE_NOW)
      const reversed = diagnose(snapshotOf(objects.toReversed()), FIXTURE_NOW)

      expect(reversed).toEqual(first)
      expect(diagnose(snapshotOf(objects), FIXTURE_NOW)).toEqual(first)
    },
  )

  it('finds every issue type in all fixtures together, the most severe first', () => {
    const objects = faulty.flatMap((fixture) => fixture.objects.map((object) => apart(object, fixture.name)))
    const { findings } = diagnose(snapshotOf(objects), FIXTURE_NOW)

    const order = ['critical', 'warning', 'info']
    const severities = findings.map(({ severity }) => order.indexOf(severity))
    expect(severities).toEqual(severities.toSorted())
    expect(new Set(findings.map(({ issue }) => issue))).toEqual(new Set(ISSUE_RULES.map(({ id }) => id)))
  })
})
