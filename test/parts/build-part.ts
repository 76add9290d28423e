// A part's recipe in, its programs in a folder out: built by Go from the modules that its `go.sum` pins.
import { spawn } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
    if (part.generated === undefined) copyRecipe(part.name, build.work)
    else await generateSources(build, part.generated)
    if (part.missing !== undefined) await completeModule(build, part.missing)
    for (const [program, source] of Object.entries(part.programs)) {
      if (part.copied !== undefined)
        await copyFiles(build, join(await moduleFolder(build, part.copied), source), join(folder, program))
      else await go(build, ['build', ...flagsOf(part), '-o', join(folder, program), source])
    }
  } finally {
    clearInterval(timer)
    rmSync(build.work, { recursive: true, force: true })
  }
  say(`${title}: built in ${seconds()} s`)
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
  mkdirSync(to, { recursive: true })
  for (const file of ['go.mod', 'go.sum']) copyFileSync(join(import.meta.dirname, name, file), join(to, file))
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
      const missing = error.code === 'ENOENT' && command === 'go'
      const need = 'Go 1.26 or newer is needed to build the real parts, and there is no "go" on the PATH'
      reject(new PartError(missing ? need : `${part.name} ${part.version} cannot be built: ${error.message}`))
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
