// Tests what `npm publish` would send, without sending it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PACKAGE_NAMES } from '../support/programs/packed-package.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

describe('npm publish', () => {
  it.each(PACKAGE_NAMES)('would publish %s with the files of its tarball, for everybody', (name) => {
    const run = (...args: string[]) => execFileSync('npm', args, { encoding: 'utf8', stdio: 'pipe' })
    const published = JSON.parse(run('publish', '--dry-run', '--json', `./dist/${name}`))
    const [packed] = JSON.parse(run('pack', '--dry-run', '--json', `./dist/${name}`))
    const { id, files } = published[name] ?? published

    expect(id).toBe(`${name}@${version}`)
    expect(paths(files)).toEqual(paths(packed.files))
    expect(paths(files).length).toBeGreaterThan(20)
  })
})

function paths(files: readonly { readonly path: string }[]): string[] {
  return files.map(({ path }) => path).sort()
}
