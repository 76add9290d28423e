// Builds the packages that are published: compiles once, then writes one folder per package to dist/, each with its own manifest.
import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'
import type { PackageManifest } from './release/published-manifest.ts'
import { compiledPath, publishedManifest } from './release/published-manifest.ts'

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
  if (sources === 'instrumentation') await bundle(target, manifest)
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

/**
 * Puts the modules of a package into a few files: loading 87 of them is a third of what it adds to the start of a server, and 2 MB. The
 * declarations stay apart.
 */
async function bundle(folder: string, { exports }: PackageManifest): Promise<void> {
  const entries = Object.values(exports).filter((path) => path.endsWith('.ts'))
  // Apart, so that it still comes before everything else.
  const paths = [...entries, './require-node.ts'].map((path) => compiledPath(path, '.js'))
  const input = Object.fromEntries(paths.map((path) => [path.slice(2, -3), join(folder, path)]))
  const bundler = await rolldown({ input, platform: 'node', external: (id) => !/^[./]/.test(id) && !isAbsolute(id) })
  const { output } = await bundler.generate({
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  })
  await bundler.close()
  for (const file of globSync('**/*.js', { cwd: folder })) rmSync(join(folder, file))
  for (const file of output) {
    if (file.type !== 'chunk') throw new Error(`${file.fileName} is not code`)
    mkdirSync(dirname(join(folder, file.fileName)), { recursive: true })
    writeFileSync(join(folder, file.fileName), file.code)
  }
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
