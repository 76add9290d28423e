import { afterEach, describe, expect, it } from 'vitest'
import { clientLabel, setClients } from '../../../../src/instrumentation/wire/client-name.ts'

afterEach(() => setClients())

describe('clientLabel', () => {
  const none: ReadonlySet<string> = new Set()

  it('returns the names of known clients, and of those that a server or the process adds', () => {
    expect(clientLabel('claude-ai', none)).toBe('claude-ai')
    expect(clientLabel('our-desk', none)).toBe('_OTHER')
    expect(clientLabel('our-desk', new Set(['our-desk']))).toBe('our-desk')

    setClients(['our-desk'])

    expect(['our-desk', 'claude-ai', 'a-stranger'].map((name) => clientLabel(name, none))).toEqual([
      'our-desk',
      'claude-ai',
      '_OTHER',
    ])
  })

  it('adds at most 50 names, so that the label stays bounded', () => {
    const names = Array.from({ length: 60 }, (_, index) => `desk-${index}`)
    setClients(names)

    expect(names.filter((name) => clientLabel(name, none) === name)).toHaveLength(50)
  })
})
