// Tests `npm run generate` and its drift check.
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OUTPUTS } from '../../src/generate.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const generate = (...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [resolve('src/generate.ts'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stderr }
}

describe('src/generate.ts', () => {
  it('reports missing and edited files with --check, and writes only what has drifted', () => {
    expect(generate('--check')).toEqual({
      status: 1,
      stderr: Object.keys(OUTPUTS)
        .map((path) => `${path} is not what the catalog says: run npm run generate\n`)
        .join(''),
    })
    expect(generate().status).toBe(0)
    expect(generate('--check')).toEqual({ status: 0, stderr: '' })
    expect(readFileSync(join(folder, 'docs/metrics.md'), 'utf8')).toBe(readFileSync('docs/metrics.md', 'utf8'))

    appendFileSync(join(folder, 'docs/metrics.md'), 'one more line\n')

    expect(generate('--check').status).toBe(1)
    expect(generate()).toEqual({ status: 0, stderr: 'wrote docs/metrics.md\n' })
    expect(generate()).toEqual({ status: 0, stderr: 'nothing drifted\n' })
  }, 200_000)
})
