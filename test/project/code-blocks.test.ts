// Tests the code blocks of the documents: each is well-formed, and uses options and variables that exist. types.test.ts compiles TypeScript.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Program } from '../../src/command-line/option.ts'
import { PROGRAM as VITALS } from '../../src/program/options.ts'
import { PROGRAM as SERVER } from '../../src/server/options.ts'
import { isKnownVariable } from '../support/files/known-variables.ts'
import { DOCUMENTS } from './support/documents.ts'

interface Block {
  readonly document: string
  readonly language: string
  readonly code: string
}

const blocks: readonly Block[] = DOCUMENTS.flatMap((document) =>
  [...readFileSync(document, 'utf8').matchAll(/^( *)```(\w+)\n(.*?)^ *```/gms)].map(
    ([, indent = '', language = '', code = '']) => ({
      document,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  ),
)

const of = (...languages: readonly string[]) => blocks.filter(({ language }) => languages.includes(language))

const flagsOf = (...programs: readonly Program[]) =>
  new Set(
    programs.flatMap(({ commands }) =>
      Object.values(commands).flatMap(({ options }) => Object.values(options).map(({ flag }) => `--${flag}`)),
    ),
  )

/** Each program's part of a command line, with the flags that it has. */
const PROGRAMS: readonly (readonly [invocation: RegExp, flags: ReadonlySet<string>])[] = [
  [/(?:\bmcp-vitals-server|\bnpm start --) ([^|&#\n]*)/g, flagsOf(SERVER)],
  [/\bmcp-vitals (?:wrap|config|traffic)\b([^|&#\n]*?)(?: -- |$|[|&#])/gm, flagsOf(VITALS)],
]

describe('the code blocks of the documents', () => {
  it('are JSON, lines of JSON, or YAML where they say so', () => {
    const faults = [
      ...of('json').flatMap(({ document, code }) => {
        const values = code.startsWith('{"') ? code.trim().split('\n') : [code]
        return values.flatMap((value) => (isJson(value) ? [] : [`${document}: ${value}`]))
      }),
      ...of('yaml').flatMap(({ document, code }) =>
        parseAllDocuments(code).flatMap(({ errors }) => errors.map(({ message }) => `${document}: ${message}`)),
      ),
    ]

    expect(of('json', 'yaml').length).toBeGreaterThan(10)
    expect(faults).toEqual([])
  })

  it('are shell scripts that bash can parse', () => {
    const scripts = of('sh', 'bash')
    expect(scripts.length).toBeGreaterThan(30)
    const faults = scripts.flatMap(({ document, code }) => {
      // A placeholder such as <command> would be a redirection.
      const { status, stderr } = spawnSync('bash', ['-n'], {
        input: code.replaceAll(/<[^>\n]*>/g, 'x'),
        encoding: 'utf8',
      })
      return status === 0 ? [] : [`${document}: ${stderr}`]
    })

    expect(faults).toEqual([])
  })

  it('use options that the programs have', () => {
    const used = of('sh', 'bash', 'json').flatMap(({ document, code }) => {
      // In JSON, a command is a list of words.
      const text = code.replaceAll(/\\\n\s*/g, '').replaceAll(/[",]+/g, ' ')
      return PROGRAMS.flatMap(([invocation, flags]) =>
        [...text.matchAll(invocation)].flatMap(([, rest = '']) =>
          [...rest.matchAll(/--[a-z][\w-]*/g)].map(([flag]) => ({ document, flag, known: flags.has(flag) })),
        ),
      )
    })

    expect(used.length).toBeGreaterThan(7)
    expect(used.filter(({ known }) => !known)).toEqual([])
  })

  it('set variables that are read', () => {
    const set = blocks.flatMap(({ document, code }) =>
      [...code.matchAll(/\b(?:OTEL|MCP_VITALS)_[A-Z_]+(?==|":|, value)/g)].map(([name]) => ({ document, name })),
    )

    expect(set.length).toBeGreaterThan(12)
    const isKnown = (name: string) => isKnownVariable(name) || /^OTEL_EXPORTER_OTLP_/.test(name)
    expect(set.filter(({ name }) => !isKnown(name))).toEqual([])
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
