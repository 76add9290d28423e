// The role that remediation is given, against what its actions ask of the API.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { REMEDIATIONS } from '../../../../../src/server/kubernetes/diagnosis/finding.ts'
import { accessFor, TARGET_KINDS } from '../../../../../src/server/kubernetes/remediation/prepare-change.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

test('the role lists exactly what the actions need, each kind of object included', () => {
  const { rules } = parse(readFileSync('k8s/components/remediation/remediator.yaml', 'utf8')) as { rules: Rule[] }
  const given = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`))),
  )

  const needed = REMEDIATIONS.flatMap((action) =>
    TARGET_KINDS[action].map((kind) => {
      const { verb, group, resource, subresource } = accessFor({
        action,
        target: { kind, namespace: 'shop', name: 'web' },
      })
      return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}.${group}`
    }),
  )

  expect(given.sort()).toEqual([...new Set(needed)].sort())
})
