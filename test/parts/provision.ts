// Programs that are wanted in, paths of their binaries out: the user's own where the environment names one that fits, else
// those built before from the same recipe, else built now, each once for all clones on this machine.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { buildPart } from './build-part.ts'
import type { Part, Program } from './parts.ts'
import { binaryVariable, PARTS } from './parts.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says keeps a part from being had; its message is one line. */
export class PartError extends Error {
  override readonly name = 'PartError'
}

export interface ProvisionOptions {
  readonly env?: Environment
  /** Told how it goes, a line at a time. */
  readonly say?: (line: string) => void
}

/**
 * Gets the programs, building what is not there.
 *
 * @throws {PartError} of one line: Go or a module is missing, or a binary of the user's does not fit.
 * @example const { promtool } = await provision(['promtool'], { say: console.error })
 */
export async function provision<P extends Program>(
  wanted: readonly P[],
  { env = process.env, say = () => {} }: ProvisionOptions = {},
): Promise<Readonly<Record<P, string>>> {
  const paths: Partial<Record<Program, string>> = {}
  for (const part of PARTS) {
    const programs = wanted.filter((program) => Object.hasOwn(part.programs, program))
    const missing = programs.filter((program) => {
      const own = ownBinary(part, program, env)
      if (own !== undefined) paths[program] = own
      return own === undefined
    })
    if (missing.length === 0) continue
    const folder = await builtFolder(part, env, say)
    for (const program of missing) paths[program] = join(folder, program)
  }
  return paths as Record<P, string>
}

/** Where a part of this recipe is kept: another recipe is another folder, so nothing stale is ever used. */
export function partFolder(part: Part, env: Environment): string {
  return join(cacheFolder(env), `${part.name}-${part.version}-${recipeHash(part)}`)
}

export function cacheFolder(env: Environment): string {
  return join(env['XDG_CACHE_HOME']?.trim() || join(env['HOME'] ?? homedir(), '.cache'), 'mcp-vitals', 'parts')
}

async function builtFolder(part: Part, env: Environment, say: (line: string) => void): Promise<string> {
  const folder = partFolder(part, env)
  if (existsSync(folder)) return folder
  const building = `${folder}.building-${process.pid}`
  mkdirSync(building, { recursive: true })
  try {
    await buildPart(part, building, { env, say })
    // Whoever was faster has built the same.
    if (!existsSync(folder)) renameSync(building, folder)
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
  return folder
}

function ownBinary(part: Part, program: Program, env: Environment): string | undefined {
  const variable = binaryVariable(program)
  const path = env[variable]?.trim()
  if (!path) return undefined
  if (part.asked === undefined)
    throw new PartError(`${variable}: ${program} does not tell its version; it has to be built`)
  let told: string
  try {
    told = execFileSync(path, part.asked.otherwise?.[program] ?? [part.asked.argument], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: 'pipe',
    })
  } catch (error) {
    throw new PartError(`${variable}: ${path} cannot be run (${(error as NodeJS.ErrnoException).code ?? 'it fails'})`)
  }
  const version = part.asked.pattern.exec(told)?.[1]
  if (version === undefined) throw new PartError(`${variable}: ${path} does not say that it is ${program}`)
  if (!fits(version, part.version)) {
    throw new PartError(
      `${variable}: ${path} is ${version}; ${program} ${part.version} or a newer one of its major is needed`,
    )
  }
  return path
}

/** Of the same major, and no older minor. */
function fits(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number)
  return major === neededMajor && minor >= neededMinor
}

function recipeHash(part: Part): string {
  const files = recipeFiles(part).map((file) => readFileSync(file, 'utf8'))
  const facts = JSON.stringify([part, part.asked?.pattern.source, process.platform, process.arch, ...files])
  return createHash('sha256').update(facts).digest('hex').slice(0, 12)
}

/** What pins a part: what is built changes with them alone. */
function recipeFiles({ name, generated }: Part): string[] {
  const folders = generated === undefined ? [name] : [name, `${name}-builder`]
  const pinned = folders.flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(import.meta.dirname, folder), join(entry.parentPath, entry.name)))
      .sort()
      .map((file) => join(import.meta.dirname, folder, file)),
  )
  return generated === undefined ? pinned : [...pinned, generated.manifest]
}
