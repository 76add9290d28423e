// Tests the workflows with the linters of their field, and server.json with the schema of the MCP registry.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, inject, it, onTestFinished } from 'vitest'

const parts = inject('parts')

describe('the workflows', () => {
  it('have no fault that actionlint finds', async () => {
    expect(await run(parts.actionlint, ['-shellcheck=', '-pyflakes='])).toEqual({ code: 0, output: '' })
  })

  it('have no weakness that zizmor finds', async () => {
    const { code, output } = await run(parts.zizmor, ['--offline', '--no-progress', '--color', 'never', '.github'])
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('No findings to report') })
  })

  it('would be refused with a faulty line, by both', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-workflows-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    cpSync('.github', join(folder, '.github'), { recursive: true })
    const file = join(folder, '.github', 'workflows', 'ci.yml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('- run: .ci/run', `- run: echo "\${{ github.event.pull_request.title }}"`))

    expect((await run(parts.actionlint, ['-shellcheck=', '-pyflakes=', file])).output).toContain('untrusted')
    expect((await run(parts.zizmor, ['--offline', '--no-progress', folder])).output).toContain('template-injection')
  })
})

describe('server.json', () => {
  it("is valid against the registry's schema, which refuses it without a name", () => {
    const server = JSON.parse(readFileSync('server.json', 'utf8'))
    const version = /schemas\/([\d-]+)\//.exec(server.$schema)?.[1]
    const schema = JSON.parse(readFileSync(join(parts['registry-schemas'], `${version}.json`), 'utf8'))
    // Formats would need another package; the only one here is that of addresses.
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)

    expect(validate(server), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...server, name: undefined })).toBe(false)
    expect(validate({ ...server, description: 'long '.repeat(21) })).toBe(false)
  })
})

function run(program: string, args: readonly string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }))
  })
}
