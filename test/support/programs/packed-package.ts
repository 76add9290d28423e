// Packs the three packages as they would be published, and installs them in scratch projects.
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PACKAGE_NAMES = ['@mcp-vitals/instrumentation', 'mcp-vitals', 'mcp-vitals-server'] as const
export type PackageName = (typeof PACKAGE_NAMES)[number]

export interface Manifest extends Readonly<Record<string, unknown>> {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

export interface PackedPackage {
  readonly tarball: string
  /** The manifest in the tarball. */
  readonly manifest: Manifest
  /** Paths of the files in the tarball. */
  readonly files: readonly string[]
  readonly packedBytes: number
  readonly unpackedBytes: number
}

/** Plain data, so that a global setup can provide it to test files. */
export type PackedPackages = Readonly<Record<PackageName, PackedPackage>>

export interface ScratchProject {
  readonly folder: string
  write(file: string, text: string): void
  /** Runs a program in the folder and returns its stdout; rejects with its exit code and output if it fails. */
  run(command: string, ...args: string[]): Promise<string>
  /** Adds dependencies by a plain `npm install`. */
  install(...specs: string[]): Promise<void>
  remove(): void
}

/** Builds the packages once, then packs each. */
export async function packPackages(): Promise<{ packages: PackedPackages; remove(): void }> {
  await runIn('.', process.execPath, 'src/build-packages.ts')
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-pack-'))
  const packed = await Promise.all(PACKAGE_NAMES.map(async (name) => [name, await pack(name, folder)] as const))
  return {
    packages: Object.fromEntries(packed) as Record<PackageName, PackedPackage>,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function pack(name: PackageName, folder: string): Promise<PackedPackage> {
  const [packed] = JSON.parse(await runIn(join('dist', name), 'npm', 'pack', '--json', '--pack-destination', folder))
  const tarball = join(folder, packed.filename)
  return {
    tarball,
    manifest: JSON.parse(await runIn(folder, 'tar', '-xOf', tarball, 'package/package.json')),
    files: packed.files.map((file: { path: string }) => file.path),
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
  }
}

/**
 * Returns the dependencies of a project that has only this package: its tarball, and the tarballs of its own siblings that it
 * depends on, because no registry has them.
 */
export function tarballsOf(packages: PackedPackages, name: PackageName): Record<string, string> {
  const { tarball, manifest } = packages[name]
  const siblings = PACKAGE_NAMES.filter((sibling) => manifest.dependencies?.[sibling] !== undefined)
  return Object.assign({ [name]: tarball }, ...siblings.map((sibling) => tarballsOf(packages, sibling)))
}

/**
 * Creates an ESM project with `dependencies` installed by a plain `npm install`.
 *
 * @param folder Where; a project that is there already is used as it is.
 */
export async function createProject(
  dependencies: Readonly<Record<string, string>>,
  folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-scratch-')),
): Promise<ScratchProject> {
  const run: ScratchProject['run'] = (command, ...args) => runIn(folder, command, ...args)
  // Only how fast npm finds packages: it asks the registry for what the cache lacks.
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  const install = async (...specs: string[]) => void (await run('npm', 'install', ...quietly, ...specs))
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) {
    writeFileSync(manifest, JSON.stringify({ name: 'scratch', private: true, type: 'module', dependencies }))
    await install()
  }
  return {
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    run,
    install,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Returns the folders of every copy of a package in a project; `*` stands for any package, nested ones included. */
export function installedCopies({ folder }: ScratchProject, name: string): string[] {
  const names = name === '*' ? ['*', '@*/*'] : [name]
  const patterns = names.flatMap((one) => [
    `node_modules/${one}/package.json`,
    `node_modules/**/node_modules/${one}/package.json`,
  ])
  return globSync(patterns, { cwd: folder }).map((path) => path.slice(0, -'/package.json'.length))
}

function runIn(folder: string, command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: 240_000, maxBuffer: 16 * 1024 * 1024 }
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      reject(new Error(`${command} ${args.join(' ')} ended with ${error.code ?? error.signal}:\n${stdout}${stderr}`))
    })
  })
}
