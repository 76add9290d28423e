import { expect, test } from 'vitest'
import { diffObjects } from '../../../../../src/server/kubernetes/remediation/diff-objects.ts'

const container = (more: object) => ({ spec: { containers: [{ name: 'web', image: 'web:1', ...more }] } })

test('what changes is told by its path, the items of lists by their names', () => {
  const { shown, leftOut } = diffObjects(container({}), container({ image: 'web:2' }))

  expect(shown).toEqual([{ path: 'spec.containers[name=web].image', from: 'web:1', to: 'web:2' }])
  expect(leftOut).toBe(0)
})

test.each<[string, object, object]>([
  [
    'an environment’s value',
    { env: [{ name: 'URL', value: 'canary-1' }] },
    { env: [{ name: 'URL', value: 'canary-2' }] },
  ],
  [
    'an image in an environment',
    { env: [{ name: 'X', image: 'canary-1' }] },
    { env: [{ name: 'X', image: 'canary-2' }] },
  ],
  ['an argument', { args: ['--password=canary-1'] }, { args: ['--password=canary-2'] }],
  ['a command', { command: ['canary-1'] }, { command: ['canary-2'] }],
])('that %s changes is told, and not from what to what', (_, before, after) => {
  const { shown } = diffObjects(container(before), container(after))

  expect(shown).toHaveLength(1)
  expect(JSON.stringify(shown)).not.toContain('canary')
})

test('of annotations only the time of the last restart is told', () => {
  const annotated = (value: string) => ({
    metadata: { annotations: { note: value, 'kubectl.kubernetes.io/restartedAt': value } },
  })

  expect(diffObjects(annotated('a'), annotated('b')).shown).toEqual([
    { path: 'metadata.annotations.note' },
    { path: 'metadata.annotations[kubectl.kubernetes.io/restartedAt]', from: 'a', to: 'b' },
  ])
})

test('a large difference is cut, and says how much', () => {
  const many = (value: number) => Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, value]))

  const { shown, leftOut } = diffObjects(many(1), many(2))

  expect(shown).toHaveLength(20)
  expect(leftOut).toBe(30)
})

test('a long value is cut', () => {
  const { shown } = diffObjects(container({}), container({ image: 'x'.repeat(1_000) }))

  expect(shown[0]?.to).toHaveLength(201)
})
