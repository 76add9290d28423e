// `node src/release/check-release.ts v<version>`: refuses a tag that is not what the packages and the changelog say, else prints the notes.
import { readFileSync } from 'node:fs'

interface Sources {
  /** The tag: `v` and the version. */
  readonly tag: string
  /** The version that the packages have. */
  readonly version: string
  /** CHANGELOG.md. */
  readonly changelog: string
}

/**
 * Returns the notes of the release: the part of the changelog for its version.
 *
 * @throws {Error} if the tag is not that of the version, or the changelog has no dated part for it.
 */
export function releaseNotes({ tag, version, changelog }: Sources): string {
  if (tag !== `v${version}`)
    throw new Error(`the packages have version ${version}, so the tag must be v${version}, not ${tag}`)
  const parts = changelog.split(/^## /m)
  const part = parts.find((text) => text.startsWith(`[${version}] - `))
  if (part === undefined) throw new Error(`CHANGELOG.md has no heading "## [${version}] - <date>"`)
  const [, ...lines] = part.split('\n')
  return `${lines.join('\n').trim()}\n`
}

if (import.meta.main) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  try {
    process.stdout.write(
      releaseNotes({ tag: process.argv[2] ?? '', version, changelog: readFileSync('CHANGELOG.md', 'utf8') }),
    )
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
