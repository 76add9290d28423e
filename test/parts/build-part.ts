// Builds the programs of a part in a folder: by Go from the modules that its `go.sum` pins, or by pip from pinned packages.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Part } from './parts.ts'
import type { Environment } from './provision.ts'
import { PartError } from './provision.ts'

interface Build {
  readonly part: Part
  /** Where it is built: a copy of the recipe, so that building changes nothing of it. */
  readonly work: string
  readonly env: Environment
}

/** Lines between which somebody who waits would begin to wonder. */
const STILL_BUILDING_MS = 30_000

export async function buildPart(
  part: Part,
  folder: string,
  { env, say }: { env: Environment; say: (line: string) => void },
): Promise<void> {
  const build: Build = { part, work: mkdtempSync(join(tmpdir(), `mcp-vitals-${part.name}-`)), env }
  const started = performance.now()
  const seconds = () => Math.round((performance.now() - started) / 1000)
  const title = `${part.name} ${part.version}`
  say(`${title}: building (about ${part.seconds} s on two cores, once)`)
  const timer = setInterval(() => say(`${title}: still building after ${seconds()} s`), STILL_BUILDING_MS)
  try {
    if (part.isPython === true) return await installPackages(build, folder)
    if (part.generated === undefined) copyRecipe(part.name, build.work)
    else await generateSources(build, part.generated)
    if (part.missing !== undefined) await completeModule(build, part.missing)
    for (const [program, source] of Object.entries(part.programs)) {
      if (part.copied !== undefined)
        await copyFiles(build, join(await moduleFolder(build, part.copied), source), join(folder, program))
      else await go(build, ['build', ...flagsOf(part), '-o', join(folder, program), source])
    }
    say(`${title}: built in ${seconds()} s`)
  } finally {
    clearInterval(timer)
    rmSync(build.work, { recursive: true, force: true })
  }
}

/** The environment may be moved as a whole: only scripts in it know its path, and only its Python is used. */
async function installPackages(build: Build, folder: string): Promise<void> {
  await run(build, 'python3', ['-m', 'venv', folder])
  const requirements = join(import.meta.dirname, build.part.name, 'requirements.txt')
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-deps']
  await run(build, join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...quietly, '-r', requirements])
  // Python finds its environment by the path that it is started by.
  for (const [program, path] of Object.entries(build.part.programs))
    writeFileSync(join(folder, program), `#!/bin/sh\nexec "$(dirname "$0")/${path}" "$@"\n`, { mode: 0o755 })
}

function flagsOf({ tags = [], stamps = {} }: Part): string[] {
  const linker = ['-s', '-w', ...Object.entries(stamps).flatMap(([name, value]) => ['-X', `${name}=${value}`])]
  return [
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
    ...(tags.length > 0 ? ['-tags', tags.join()] : []),
    '-ldflags',
    linker.join(' '),
  ]
}

function copyRecipe(name: string, to: string): void {
  cpSync(join(import.meta.dirname, name), to, { recursive: true })
}

/** The Collector's `main` and list of components, written by its builder from the manifest; their versions are ours. */
async function generateSources(build: Build, { by, manifest }: NonNullable<Part['generated']>): Promise<void> {
  const { part, work } = build
  const tool = { ...build, work: join(work, 'builder') }
  copyRecipe(`${part.name}-builder`, tool.work)
  await go(tool, ['build', '-mod=readonly', '-o', join(tool.work, 'builder'), by])
  const text = readFileSync(manifest, 'utf8').replace(/^( +output_path:).*$/m, `$1 ${join(work, 'sources')}`)
  writeFileSync(join(work, 'manifest.yaml'), text)
  const only = ['--skip-compilation', '--skip-get-modules']
  await run(tool, join(tool.work, 'builder'), ['--config', join(work, 'manifest.yaml'), ...only])
  cpSync(join(work, 'sources'), work, { recursive: true })
  copyRecipe(part.name, work)
}

/** The module cache is read only, and what is embedded has to lie in the module: it is copied, and the copy is built. */
async function completeModule(build: Build, { module, files }: NonNullable<Part['missing']>): Promise<void> {
  const copy = join(build.work, 'module')
  await copyFiles(build, await moduleFolder(build, module), copy)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(copy, dirname(file)), { recursive: true })
    writeFileSync(join(copy, file), text)
  }
  await go(build, ['mod', 'edit', '-replace', `${module}=${copy}`])
}

/** Where Go keeps a module, downloaded if it is not there. */
async function moduleFolder(build: Build, module: string): Promise<string> {
  await go(build, ['mod', 'download', module])
  return (await go(build, ['list', '-m', '-f', '{{.Dir}}', module])).trim()
}

async function copyFiles(build: Build, from: string, to: string): Promise<void> {
  cpSync(from, to, { recursive: true })
  await run(build, 'chmod', ['-R', 'u+w', to])
}

function go(build: Build, args: readonly string[]): Promise<string> {
  return run(build, 'go', args)
}

/** Programs that build parts. */
const NEEDED: Readonly<Record<string, string>> = { go: 'Go 1.26 or newer', python3: 'Python 3.11 or newer' }

/** Its stdout. What a user set for Go (proxy, caches) holds; what a recipe decides does not bend to it. */
function run({ part, work, env }: Build, command: string, args: readonly string[]): Promise<string> {
  const own = { ...env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: work, env: own, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      const need = error.code === 'ENOENT' ? NEEDED[command] : undefined
      const missing = `${need} is needed to build the real parts, and there is no "${command}" on the PATH`
      reject(
        new PartError(need === undefined ? `${part.name} ${part.version} cannot be built: ${error.message}` : missing),
      )
    })
    child.once('close', (code) => {
      if (code === 0) resolve(stdout)
      else reject(new PartError(`${part.name} ${part.version} cannot be built: ${faultOf(stderr)}`))
    })
  })
}

/** The line that says why, out of many that tell what Go did on the way there. */
export function faultOf(stderr: string): string {
  const lines = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^go: (downloading|finding|extracting)/.test(line))
  const unserved =
    /(\S+@v\S+?):? .*?(404|410|403|not found|no matching versions|unknown revision|connect|lookup|i\/o timeout)/i
  for (const line of lines) {
    const [, module, why] = unserved.exec(line) ?? []
    if (module !== undefined) return `the module ${module} cannot be had (${why})`
  }
  return lines[0] ?? 'it failed without a word'
}
