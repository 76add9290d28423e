// Tests what happens to a client's configuration file on disk.
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { changeFile } from '../../../../src/program/client-config/change-file.ts'

const TEXT =
  '{\n  "mcpServers": {\n    "a": { "command": "uvx", "args": ["server"], "env": { "TOKEN": "secret" } }\n  }\n}\n'
const wrap = { action: 'wrap', server: undefined, version: '1.2.3', dryRun: false } as const

function configFile(text = TEXT): { file: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'mcp.json')
  writeFileSync(file, text)
  chmodSync(file, 0o600)
  return { file, folder }
}

describe('changeFile', () => {
  it('writes the change, shows it, and keeps a backup with the mode of the file', () => {
    const { file, folder } = configFile()

    const shown = changeFile({ ...wrap, file })

    expect(readFileSync(file, 'utf8')).toContain('mcp-vitals@1.2.3')
    expect(readFileSync(`${file}.backup`, 'utf8')).toBe(TEXT)
    expect([file, `${file}.backup`].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600])
    expect(shown).toMatch(/^- .*"uvx"/m)
    expect(shown).toMatch(/^\+ .*"npx"/m)
    expect(readdirSync(folder).toSorted()).toEqual(['mcp.json', 'mcp.json.backup'])
  })

  it('shows the change and writes nothing in a dry run', () => {
    const { file, folder } = configFile()

    expect(changeFile({ ...wrap, file, dryRun: true })).toContain('would wrap a')
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
    expect(readdirSync(folder)).toEqual(['mcp.json'])
  })

  it('says that there is nothing to change, and leaves the backup of the first time', () => {
    const { file } = configFile()
    changeFile({ ...wrap, file })

    expect(changeFile({ ...wrap, file })).toBe(`${file}: nothing to change\n`)
    expect(readFileSync(`${file}.backup`, 'utf8')).toBe(TEXT)
  })

  it('changes the file behind a link, and leaves the link', () => {
    const { file, folder } = configFile()
    symlinkSync(file, join(folder, 'link.json'))
    changeFile({ ...wrap, file: join(folder, 'link.json') })

    expect(readFileSync(file, 'utf8')).toContain('mcp-vitals@1.2.3')
    expect(readdirSync(folder)).toContain('link.json')
  })

  it('reports a broken file and leaves it alone', () => {
    const { file, folder } = configFile('{"mcpServers": ')

    expect(() => changeFile({ ...wrap, file })).toThrow(`${file}: it is not a JSON object`)
    expect(readFileSync(file, 'utf8')).toBe('{"mcpServers": ')
    expect(readdirSync(folder)).toEqual(['mcp.json'])
  })

  it('reports a file that does not exist', () => {
    expect(() => changeFile({ ...wrap, file: '/nowhere/mcp.json' })).toThrow('/nowhere/mcp.json: ENOENT')
  })
})
