import { expect, test } from 'vitest'
import { diagnose } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Readable, ReadableKind, Snapshot } from '../../../../src/server/kubernetes/diagnosis/snapshot.ts'
import { keptFields } from '../../../../src/server/kubernetes/kept-fields.ts'
import { FIXTURE_NOW, issueFixtures, snapshotOf } from '../../../support/cluster/issue-fixtures.ts'

function kept(objects: Snapshot['objects']): Snapshot['objects'] {
  return Object.fromEntries(
    Object.entries(objects).map(([kind, all]) => [
      kind,
      all.map((object) => keptFields(kind as ReadableKind, object as Readable[ReadableKind])),
    ]),
  )
}

/** What becomes a gauge; evidence is masked by what is not kept. */
function counted(objects: Snapshot['objects']) {
  return diagnose({ objects }, FIXTURE_NOW).findings.map(({ issue, severity, state, object, container }) => ({
    issue,
    severity,
    state,
    object,
    container,
  }))
}

test.each(issueFixtures())('$name: what is kept gives the findings of the whole', ({ objects }) => {
  const whole = snapshotOf(objects).objects
  expect(counted(kept(whole))).toEqual(counted(whole))
})

test('every issue that objects alone show is among those that were compared', () => {
  const found = issueFixtures().flatMap(({ objects }) => counted(kept(snapshotOf(objects).objects)))
  expect(new Set(found.map(({ issue }) => issue)).size).toBeGreaterThan(75)
})

test('of a pod nothing stays that holds secrets or is only long', () => {
  const pod = {
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': 'canary-annotation',
        'kubernetes.io/config.hash': 'canary-hash',
        'kubernetes.io/config.mirror': 'd0b1f5a3c6e84972b8a1f0e3d2c4b596',
      },
      managedFields: [{ manager: 'canary-manager' }],
    },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'web:1',
          command: ['canary-command'],
          args: ['--password=canary-argument'],
          env: [{ name: 'PASSWORD', value: 'canary-environment' }],
          volumeMounts: [{ name: 'data', mountPath: '/canary-mount' }],
        },
      ],
      volumes: [{ name: 'data', hostPath: { path: '/canary-path' } }],
    },
    status: { phase: 'Running' },
  }
  const text = JSON.stringify(keptFields('Pod', pod as unknown as Readable['Pod']))
  expect(text).not.toContain('canary')
  expect(text).toContain('"web:1"')
  expect(text).toContain('{"kubernetes.io/config.mirror":"d0b1f5a3c6e84972b8a1f0e3d2c4b596"}')
})

test('what is not as the types say is kept as it came, and does not throw', () => {
  for (const hostile of [null, 'text', 7, [], { spec: 'text', status: null, metadata: [1, null] }]) {
    expect(() => keptFields('Pod', hostile as never)).not.toThrow()
  }
})
