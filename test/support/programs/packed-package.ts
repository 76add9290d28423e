// The package as it would be published, and scratch projects that install it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PackedPackage {
  readonly tarball: string
  /** Paths of the files in it. */
  readonly files: readonly string[]
  readonly packedBytes: number
  readonly unpackedBytes: number
  remove(): void
}

export interface ScratchProject {
  readonly folder: string
  write(file: string, text: string): void
  /** Runs a program there and gives its stdout; throws with its stderr if it fails. */
  run(command: string, ...args: string[]): string
  remove(): void
}

/** Builds and packs this project. */
export function packPackage(): PackedPackage {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-pack-'))
  const told = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // `prepack` prints the build before the JSON.
  const [packed] = JSON.parse(told.slice(told.indexOf('[\n')))
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map((file: { path: string }) => file.path),
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** An ESM project with `dependencies` installed by a plain `npm install`. */
export function createProject(dependencies: Readonly<Record<string, string>>): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-scratch-'))
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 180_000 })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'scratch', private: true, type: 'module', dependencies }),
  )
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error')
  return {
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    run,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
