import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { llmsText } from '../../../src/release/llms-text.ts'

describe('llms.txt', () => {
  it('lists each document of the index once in its section, under an address whose file exists', () => {
    const sections = llmsText().split(/^## /m).slice(1)
    const paths = sections.map((section) =>
      [
        ...section.matchAll(/^- \[[^\]]+\]\(https:\/\/github\.com\/mcp-vitals\/mcp-vitals\/blob\/main\/([^)]+)\)/gm),
      ].map(([, path = '']) => path),
    )

    expect(paths.flat()).toContain('docs/wrap.md')
    expect(paths.flat().filter((path) => !existsSync(path))).toEqual([])
    for (const inOne of paths) expect(new Set(inOne).size).toBe(inOne.length)
    expect(paths.every(({ length }) => length > 0)).toBe(true)
  })
})
