// Writes llms.txt, the list of this project's documents that language models read first, from the index of the documentation.
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { PackageManifest } from './published-manifest.ts'
import { REPOSITORY } from './repository.ts'

export function llmsText(): string {
  const { name, description } = JSON.parse(read('package.json')) as PackageManifest
  const index = read('docs/README.md')
  return `# ${name}

> ${description}

${sectionsOf(index)
  .map(({ title, text }) => `## ${title}\n\n${linksIn(text).map(linkLine).join('\n')}`)
  .join('\n\n')}
`
}

interface Link {
  readonly path: string
  /** What the index says of it. */
  readonly note: string
}

function sectionsOf(markdown: string): { title: string; text: string }[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n')
      return { title, text: lines.join('\n') }
    })
}

function linksIn(text: string): Link[] {
  const links = text.split('\n').flatMap((line) => {
    const note = /^- \[[^[\]]+\]\([^()]+\): (.+)/.exec(line)?.[1] ?? ''
    return [...line.matchAll(/\]\(([^()#\s]+)/g)].map(([, path = '']) => ({ path, note }))
  })
  return links.filter(({ path }, index) => links.findIndex((other) => other.path === path) === index)
}

function linkLine({ path, note }: Link): string {
  const file = posix.join('docs', path)
  const heading = path.endsWith('.md') ? /^# (.+)/m.exec(read(file))?.[1] : undefined
  return `- [${heading ?? posix.basename(path)}](${REPOSITORY}/blob/main/${file})${note && `: ${note}`}`
}

/** A file of the repository. */
function read(path: string): string {
  return readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8')
}
