// Reads the index of the documentation, docs/README.md: its sections and the documents that each links to.
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export interface DocumentationSection {
  readonly title: string
  readonly documents: readonly IndexedDocument[]
}

export interface IndexedDocument {
  /** Relative to the root of the repository. */
  readonly path: string
  /** Its first heading, or the last part of the path of what is no document. */
  readonly heading: string
  /** What the index says of it; may be empty. */
  readonly note: string
}

const ROOT = join(import.meta.dirname, '..', '..')

/** A document that a section links to more than once is in it once. */
export function documentationIndex(): DocumentationSection[] {
  const sections = read('docs/README.md').split(/^## /m).slice(1)
  return sections.map((section) => {
    const [title = '', ...lines] = section.split('\n')
    const documents = lines.flatMap(documentsIn)
    return {
      title,
      documents: documents.filter(({ path }, index) => documents.findIndex((other) => other.path === path) === index),
    }
  })
}

function documentsIn(line: string): IndexedDocument[] {
  const note = /^- \[[^[\]]+\]\([^()]+\): (.+)/.exec(line)?.[1] ?? ''
  return [...line.matchAll(/\]\(([^()#\s]+)/g)].map(([, link = '']) => {
    const path = posix.join('docs', link)
    const heading = path.endsWith('.md') ? /^# (.+)/m.exec(read(path))?.[1] : undefined
    return { path, heading: heading ?? posix.basename(path), note }
  })
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
