import { describe, expect, it } from 'vitest'
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

/** The parts of a finding that become a gauge; masked evidence depends on fields that are not kept. */
function counted(objects: Snapshot['objects']) {
  return diagnose({ objects }, FIXTURE_NOW).findings.map(({ issue, severity, state, object, container }) => ({
    issue,
    severity,
    state,
    object,
    container,
  }))
}

describe('keptFields', () => {
  it.each(issueFixtures())('preserves the findings of fixture $name', ({ objects }) => {
    const whole = snapshotOf(objects).objects
    expect(counted(kept(whole))).toEqual(counted(whole))
  })

  it('is compared on fixtures of more than 75 issue types', () => {
    const found = issueFixtures().flatMap(({ objects }) => counted(kept(snapshotOf(objects).objects)))
    expect(new Set(found.map(({ issue }) => issue)).size).toBeGreaterThan(75)
  })

  it('drops secrets and bulky fields of a pod, and keeps its image and mirror annotation', () => {
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

  it('does not throw on objects that do not match their type', () => {
    for (const hostile of [null, 'text', 7, [], { spec: 'text', status: null, metadata: [1, null] }]) {
      expect(() => keptFields('Pod', hostile as never)).not.toThrow()
    }
  })
})
