// Tests that started parts are undone in reverse order and within the deadline.
import { describe, expect, it } from 'vitest'
import { createUndo } from '../../../src/server/undo.ts'

function recorder() {
  const failures: string[] = []
  const undo = createUndo((name, error) => failures.push(`${name}: ${(error as Error).message}`))
  return { undo, failures }
}

describe('createUndo', () => {
  it('undoes the last step first, and each step once', async () => {
    const { undo, failures } = recorder()
    const done: string[] = []
    for (const name of ['first', 'second', 'third']) undo.add(name, () => done.push(name))

    await Promise.all([undo.run(1_000), undo.run(1_000)])

    expect(done).toEqual(['third', 'second', 'first'])
    expect(failures).toEqual([])
  })

  it('reports a step that throws or rejects, and still undoes the others', async () => {
    const { undo, failures } = recorder()
    const done: string[] = []
    undo.add('first', () => done.push('first'))
    undo.add('second', () => {
      throw new Error('broken')
    })
    undo.add('third', () => Promise.reject(new Error('broken too')))

    await undo.run(1_000)

    expect(done).toEqual(['first'])
    expect(failures).toEqual(['third: broken too', 'second: broken'])
  })

  it('stops waiting for a step at the deadline, reports it, and still runs the remaining steps', async () => {
    const { undo, failures } = recorder()
    const done: string[] = []
    undo.add('first', () => done.push('first'))
    undo.add('endless', () => new Promise(() => {}))
    const startedAt = performance.now()

    await undo.run(100)

    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(done).toEqual(['first'])
    expect(failures[0]).toBe('endless: not finished within 100 ms')
  })
})
