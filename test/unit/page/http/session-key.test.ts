import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSessionKey, keyFolder } from '../../../../src/page/http/session-key.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-key-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('createSessionKey', () => {
  it('finds no key before one was made, and the same key after a restart', () => {
    const parent = join(folder, 'kept')
    expect(createSessionKey(parent).find()).toBeUndefined()
    const made = createSessionKey(parent).make()
    expect(made).toHaveLength(32)
    expect(createSessionKey(parent).find()).toEqual(made)
    expect(createSessionKey(parent).make()).toEqual(made)
  })

  it('keeps it in a file and a folder that only this user can read', () => {
    const parent = join(folder, 'kept')
    createSessionKey(parent).make()
    expect(statSync(parent).mode & 0o777).toBe(0o700)
    expect(statSync(join(parent, 'page-key')).mode & 0o777).toBe(0o600)
  })

  it('neither reads nor writes a folder that others can read, or that is a link', () => {
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    writeFileSync(join(open, 'page-key'), 'ab'.repeat(32))
    expect(createSessionKey(open).find()).toBeUndefined()

    const own = join(folder, 'own')
    mkdirSync(own, { mode: 0o700 })
    const link = join(folder, 'link')
    symlinkSync(own, link)
    const key = createSessionKey(link)
    expect(key.make()).toHaveLength(32)
    expect(existsSync(join(own, 'page-key'))).toBe(false)
    expect(key.find()).toHaveLength(32)
  })

  it('ignores a file that is no key', () => {
    const parent = join(folder, 'kept')
    mkdirSync(parent, { mode: 0o700 })
    writeFileSync(join(parent, 'page-key'), 'too short')
    expect(createSessionKey(parent).find()).toBeUndefined()
  })

  it('lives in memory where there is no folder', () => {
    const key = createSessionKey(undefined)
    expect(key.find()).toBeUndefined()
    expect(key.make()).toEqual(key.find())
    expect(createSessionKey(undefined).make()).not.toEqual(key.find())
  })
})

describe('keyFolder', () => {
  it('is below the runtime folder, else below the temporary folder, and named after the user', () => {
    expect(keyFolder('/run/user/1')).toBe(`/run/user/1/mcp-vitals-${userInfo().uid}`)
    expect(keyFolder(undefined)).toBe(join(tmpdir(), `mcp-vitals-${userInfo().uid}`))
  })
})
