// Builds the packages that are published: compiles once, then writes one folder per package to dist/, each with its own manifest.
import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { PackageManifest } from './release/published-manifest.ts'
import { publishedManifest } from './release/published-manifest.ts'

/** Each package: where its sources are below src/, and the files at its root. `mcp-vitals` is what the others leave. */
const PACKAGES = [
  { folder: 'src/instrumentation', sources: 'instrumentation', readme: 'src/instrumentation/README.md' },
  { folder: 'src/server', sources: 'server', readme: 'src/server/README.md' },
  { folder: '.', sources: '', readme: 'README.md' },
] as const

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const compiled = join(dist, '.compiled')

rmSync(dist, { recursive: true, force: true })
compile()
for (const { folder, sources, readme } of PACKAGES) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as PackageManifest
  const target = join(dist, manifest.name)
  mkdirSync(dirname(target), { recursive: true })
  renameSync(join(compiled, sources), target)
  if (!('.' in manifest.exports)) removeDeclarations(target)
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest, folder), null, 2)}\n`)
  copyFileSync(join(root, readme), join(target, 'README.md'))
  for (const file of ['LICENSE', 'CHANGELOG.md']) copyFileSync(join(root, file), join(target, file))
}

copyPage(join(dist, 'mcp-vitals', 'page', 'browser'))

/** The files that browsers get, as they are, and what the page has from others, with its licence. */
function copyPage(target: string): void {
  const source = join(root, 'src', 'page', 'browser')
  mkdirSync(target, { recursive: true })
  for (const file of globSync('*.{js,css,html,svg}', { cwd: source }))
    copyFileSync(join(source, file), join(target, file))
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'))
  copyFileSync(join(uplot, 'dist', 'uPlot.iife.min.js'), join(target, 'uplot.js'))
  copyFileSync(join(uplot, 'dist', 'uPlot.min.css'), join(target, 'uplot.css'))
  copyFileSync(join(uplot, 'LICENSE'), join(target, 'uplot.LICENSE'))
}

/** Nobody can import a package that is a program only. */
function removeDeclarations(folder: string): void {
  for (const file of globSync('**/*.d.ts', { cwd: folder })) rmSync(join(folder, file))
}

function compile(): void {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const args = ['-p', join(root, 'tsconfig.build.json'), '--outDir', compiled]
  execFileSync(process.execPath, [compiler, ...args], { stdio: 'inherit' })
}
