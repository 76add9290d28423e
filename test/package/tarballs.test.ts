// Tests what the three tarballs contain, before anybody installs them.
import { execFileSync } from 'node:child_process'
import { describe, expect, inject, it } from 'vitest'
import type { PackageName } from '../support/programs/packed-package.ts'
import { PACKAGE_NAMES } from '../support/programs/packed-package.ts'

const packages = inject('packages')

const LIBRARIES = ['@mcp-vitals/instrumentation', 'mcp-vitals'] as const
const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'README.md']

/** What browsers get of the live page, apart from its scripts. */
const PAGE_FILES = [
  'icon.svg',
  'index.html',
  'issues.html',
  'page.css',
  'sections.css',
  'uplot.LICENSE',
  'uplot.css',
].map((file) => `page/browser/${file}`)

/** Without a limit, nobody would notice another tenth of a megabyte. */
const MOST_BYTES: Readonly<Record<PackageName, number>> = {
  '@mcp-vitals/instrumentation': 125_000,
  'mcp-vitals': 275_000,
  'mcp-vitals-server': 250_000,
}

/** What only this repository uses. */
const DEVELOPMENT_FILES =
  /(^|\/)(tests?|bench|dashboards|alerts|generate[\w-]*|build-packages|release|faults|many-pods|troubled[\w-]*)(\/|\.|$)/
const DEVELOPMENT_FIELDS = ['private', 'workspaces', 'scripts', 'allowScripts', 'devDependencies']

describe.each(PACKAGE_NAMES)('tarball of %s', (name) => {
  const { files, manifest, packedBytes, unpackedBytes } = packages[name]

  it('contains what runs and nothing else', () => {
    console.log(`${name}: packed ${packedBytes} bytes, unpacked ${unpackedBytes} bytes, ${files.length} files`)
    const code = isLibrary(name) ? /\.c?js$|\.d\.c?ts$/ : /\.js$/

    const others = [...DOCUMENTS, 'package.json', ...(name === 'mcp-vitals' ? PAGE_FILES : [])]
    expect(files.filter((file) => !code.test(file)).sort()).toEqual(others)
    expect(files.filter((file) => DEVELOPMENT_FILES.test(file))).toEqual([])
    expect(packedBytes).toBeLessThan(MOST_BYTES[name])
  })

  it('contains every file that its manifest names', () => {
    const named = JSON.stringify([manifest['exports'], manifest['bin']]).match(/(?<="\.\/)[^"]+\.\w+(?=")/g) ?? []

    expect(named.filter((file) => !files.includes(file))).toEqual([])
    expect(named).toContain(name === 'mcp-vitals-server' ? 'cli.js' : 'index.d.ts')
  })

  it('has a manifest without the fields that only this repository needs', () => {
    expect(Object.keys(manifest).filter((field) => DEVELOPMENT_FIELDS.includes(field))).toEqual([])
  })

  it('pins siblings and the OpenTelemetry SDK to exact versions, and nothing else', () => {
    for (const [dependency, range] of Object.entries(manifest.dependencies ?? {}))
      expect(range, dependency).toMatch(isPinned(dependency) ? /^\d+\.\d+\.\d+$/ : /^(\^|~|>=)\d/)
  })
})

describe('tarball of @mcp-vitals/instrumentation', () => {
  it('has few files of code, because each of them delays the start of a server', () => {
    const { files } = packages['@mcp-vitals/instrumentation']

    expect(files.filter((file) => file.endsWith('.js')).length).toBeLessThanOrEqual(12)
  })
})

describe.each(LIBRARIES)('types of %s', (name) => {
  it('have no fault that publint or are-the-types-wrong finds', () => {
    const { tarball } = packages[name]
    const run = (tool: string, ...args: string[]) =>
      execFileSync(`node_modules/.bin/${tool}`, args, { encoding: 'utf8' })

    expect(run('publint', 'run', tarball, '--strict')).toContain('All good')
    expect(
      run('attw', tarball, '--profile', 'esm-only', '--format', 'ascii')
        .split('\n')
        .filter((line) => !line.includes('ignored'))
        .join('\n'),
    ).not.toMatch(/💀|❌/)
  })
})

function isLibrary(name: PackageName): boolean {
  return LIBRARIES.some((library) => library === name)
}

/** The packages of the SDK pin each other; a range would install two copies of `sdk-metrics`. */
function isPinned(dependency: string): boolean {
  if (PACKAGE_NAMES.some((sibling) => sibling === dependency)) return true
  return /^@opentelemetry\/(?!api$|instrumentation)/.test(dependency)
}
