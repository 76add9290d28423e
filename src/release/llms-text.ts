// Writes llms.txt, the list of this project's documents that language models read first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentationIndex } from './documentation-index.ts'
import type { PackageManifest } from './published-manifest.ts'
import { REPOSITORY } from './repository.ts'

const MANIFEST = join(import.meta.dirname, '..', '..', 'package.json')

export function llmsText(): string {
  const { name, description } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as PackageManifest
  const sections = documentationIndex().map(({ title, documents }) => {
    const lines = documents.map(
      ({ path, heading, note }) => `- [${heading}](${REPOSITORY}/blob/main/${path})${note && `: ${note}`}`,
    )
    return `## ${title}\n\n${lines.join('\n')}`
  })
  return `# ${name}\n\n> ${description}\n\n${sections.join('\n\n')}\n`
}
