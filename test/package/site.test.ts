// Builds the documentation's site from its own lock file, and reads what came out.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { documentationIndex } from '../../src/release/documentation-index.ts'

const SITE = 'docs/site/.vitepress/dist'

beforeAll(() => {
  execFileSync('npm', ['run', 'site'], { stdio: 'pipe' })
}, 600_000)

describe("the documentation's site", () => {
  it('has a page for each document of the index, with its heading', () => {
    const documents = documentationIndex().flatMap(({ documents }) =>
      documents.filter(({ path }) => path.endsWith('.md')),
    )
    const pages = documents.map(({ path, heading }) => ({ file: pageOf(path), heading }))

    expect(pages.length).toBeGreaterThan(30)
    expect(pages.filter(({ file }) => !existsSync(file))).toEqual([])
    for (const { file, heading } of pages)
      expect(text(readFileSync(file, 'utf8')), file).toContain(heading.replaceAll('`', ''))
  })

  it('has a search index with words of every part', () => {
    const [index = ''] = globSync(join(SITE, 'assets/chunks/@localSearchIndex*.js'))
    const words = readFileSync(index, 'utf8')

    const wanted = ['alertmanager', 'exemplars', 'kubectl', 'prometheus', 'runbooks']
    expect(wanted.filter((word) => !words.includes(`"${word}"`))).toEqual([])
  })

  it('loads nothing from another host', () => {
    const pages = globSync(join(SITE, '**/*.html'))
    const loaded = pages.flatMap((page) =>
      [
        ...readFileSync(page, 'utf8').matchAll(/<(?:script|img|iframe)[^>]* src="([^"]+)"|<link[^>]* href="([^"]+)"/g),
      ].map(([, source, href]) => source ?? href ?? ''),
    )

    expect(loaded.length).toBeGreaterThan(100)
    expect(loaded.filter((address) => /^(\w+:)?\/\//.test(address))).toEqual([])
  })
})

/** `docs/README.md` → `docs/index.html`. */
function pageOf(path: string): string {
  return join(SITE, path.replace(/(^|\/)README\.md$/, '$1index.md').replace(/\.md$/, '.html'))
}

/** What a reader sees, about. */
function text(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
