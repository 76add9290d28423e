import { describe, expect, it } from 'vitest'
import { releaseNotes } from '../../../src/release/check-release.ts'

const CHANGELOG =
  '# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-02\n\n### Added\n\n- A thing.\n\n## [1.0.0] - 2026-01-01\n\n- All.\n'

describe('the check of a release', () => {
  it("returns the changelog's part of the version", () => {
    expect(releaseNotes({ tag: 'v1.1.0', version: '1.1.0', changelog: CHANGELOG })).toBe('### Added\n\n- A thing.\n')
    expect(releaseNotes({ tag: 'v1.0.0', version: '1.0.0', changelog: CHANGELOG })).toBe('- All.\n')
  })

  it.each([
    ['a tag of another version', { tag: 'v1.2.0', version: '1.1.0' }, 'v1.1.0'],
    ['a tag without v', { tag: '1.1.0', version: '1.1.0' }, 'v1.1.0'],
    ['a version that the changelog does not date', { tag: 'v1.2.0', version: '1.2.0' }, '[1.2.0]'],
  ])('refuses %s, and names what it expects', (_, release, expected) => {
    expect(() => releaseNotes({ ...release, changelog: CHANGELOG })).toThrow(expected)
  })
})
