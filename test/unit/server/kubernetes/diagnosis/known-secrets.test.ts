import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { knownSecrets } from '../../../../../src/server/kubernetes/diagnosis/known-secrets.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const bundle = Array.from({ length: 400 }, (_, line) => `line ${line} of a long certificate`).join('\n')

function podWith(env: Record<string, string>, args: string[] = [], annotations: Record<string, string> = {}) {
  return {
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: {
      containers: [
        { name: 'web', image: 'shop/web:1', args, env: Object.entries(env).map(([name, value]) => ({ name, value })) },
      ],
    },
  }
}

describe('knownSecrets', () => {
  it('returns values of environment variables, arguments and annotations, the longest first', () => {
    const pod = podWith({ P: 'hunter-two' }, ['serve', '--license=abc-123', '--key', 'kkk-999'], {
      'x.io/y': 'note-7-long',
    })
    expect(knownSecrets(pod)).toEqual(['note-7-long', 'hunter-two', 'abc-123', 'kkk-999'])
  })

  it('returns the lines of long values, and still every short value', () => {
    const secrets = knownSecrets(podWith({ CA: bundle, CA2: `${bundle}\nb`, P: 'short!' }))
    expect(secrets).toContain('short!')
    expect(secrets).toContain('line 7 of a long certificate')
  })

  it('leaves out ordinary words, unless their name suggests a secret', () => {
    expect(knownSecrets(podWith({ CACHE: 'memory', X: 'status' }, ['--mode', 'memory', '--cache=memory']))).toEqual([])
    expect(knownSecrets(podWith({ DB_PASSWORD: 'memory' }, ['--token', 'swordfish']))).toEqual(['swordfish', 'memory'])
  })

  it('leaves out annotations of controllers, so that evidence can name a storage driver', () => {
    const driver = { 'volume.kubernetes.io/storage-provisioner': 'ebs.csi.example.com', 'x.io/a': 'somebody-s-own' }
    expect(knownSecrets(podWith({}, [], driver))).toEqual(['somebody-s-own'])
  })
})

describe('diagnose', () => {
  it('does not mask the field names of evidence, even if an environment variable has the same text', () => {
    const { objects } = issueFixture('unschedulable_resources')
    const withEnv = JSON.parse(
      JSON.stringify(objects).replaceAll(
        '"containers":[{',
        '"containers":[{"env":[{"name":"PASSWORD","value":"conditions"}],',
      ),
    ) as ApiObject[]
    const { findings } = diagnose(snapshotOf(withEnv), FIXTURE_NOW)
    expect(JSON.stringify(findings)).toContain('conditions[type=PodScheduled]')
  })
})
