import { describe, expect, it } from 'vitest'
import { diffObjects } from '../../../../../src/server/kubernetes/remediation/diff-objects.ts'

const container = (more: object) => ({ spec: { containers: [{ name: 'web', image: 'web:1', ...more }] } })

describe('diffObjects', () => {
  it('shows a change by its path, with list items by their names', () => {
    const { shown, leftOut } = diffObjects(container({}), container({ image: 'web:2' }))

    expect(shown).toEqual([{ path: 'spec.containers[name=web].image', from: 'web:1', to: 'web:2' }])
    expect(leftOut).toBe(0)
  })

  it.each<[string, object, object]>([
    [
      'an environment variable',
      { env: [{ name: 'URL', value: 'canary-1' }] },
      { env: [{ name: 'URL', value: 'canary-2' }] },
    ],
    [
      'an image field in the environment',
      { env: [{ name: 'X', image: 'canary-1' }] },
      { env: [{ name: 'X', image: 'canary-2' }] },
    ],
    ['an argument', { args: ['--password=canary-1'] }, { args: ['--password=canary-2'] }],
    ['a command', { command: ['canary-1'] }, { command: ['canary-2'] }],
  ])('shows that %s changes, but not its values', (_, before, after) => {
    const { shown } = diffObjects(container(before), container(after))

    expect(shown).toHaveLength(1)
    expect(JSON.stringify(shown)).not.toContain('canary')
  })

  it('shows the values of the restart annotation only, and just the paths of the others', () => {
    const annotated = (value: string) => ({
      metadata: { annotations: { note: value, 'kubectl.kubernetes.io/restartedAt': value } },
    })

    expect(diffObjects(annotated('a'), annotated('b')).shown).toEqual([
      { path: 'metadata.annotations.note' },
      { path: 'metadata.annotations[kubectl.kubernetes.io/restartedAt]', from: 'a', to: 'b' },
    ])
  })

  it('limits the number of changes, and reports how many it left out', () => {
    const many = (value: number) => Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, value]))

    const { shown, leftOut } = diffObjects(many(1), many(2))

    expect(shown).toHaveLength(20)
    expect(leftOut).toBe(30)
  })

  it('truncates a long value', () => {
    const { shown } = diffObjects(container({}), container({ image: 'x'.repeat(1_000) }))

    expect(shown[0]?.to).toHaveLength(201)
  })
})
