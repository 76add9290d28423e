// Makes the manifest that npm publishes from the one in the repository: compiled files instead of sources, and where the sources are.
import { REPOSITORY } from './repository.ts'

export interface PackageManifest extends Readonly<Record<string, unknown>> {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly exports: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly sideEffects?: readonly string[]
}

/** Fields of a manifest that only this repository needs. */
const DEVELOPMENT_FIELDS = ['private', 'workspaces', 'scripts', 'allowScripts', 'devDependencies']

/** `folder` is where the package has its manifest, relative to the root of the repository: `.` for the root itself. */
export function publishedManifest(manifest: PackageManifest, folder: string): Record<string, unknown> {
  const kept = Object.entries(manifest).filter(([field]) => !DEVELOPMENT_FIELDS.includes(field))
  const exports = mapValues(manifest.exports, (path) =>
    path.endsWith('.ts') ? { types: compiledPath(path, '.d.ts'), default: compiledPath(path, '.js') } : path,
  )
  return {
    ...Object.fromEntries(kept),
    ...(manifest.sideEffects && { sideEffects: manifest.sideEffects.map((path) => compiledPath(path, '.js')) }),
    exports,
    ...(manifest.bin && { bin: mapValues(manifest.bin, (path) => compiledPath(path, '.js')) }),
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, ...(folder !== '.' && { directory: folder }) },
    homepage: `${REPOSITORY}#readme`,
    bugs: { url: `${REPOSITORY}/issues` },
    publishConfig: { access: 'public', provenance: true },
  }
}

/** `./src/index.ts` → `./index.js`. */
export function compiledPath(path: string, extension: '.js' | '.d.ts'): string {
  return path.replace(/^\.\/src\//, './').replace(/\.ts$/, extension)
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
