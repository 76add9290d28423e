// A Dockerfile in, what its image would hold out, made in a scratch folder by the same steps: for the instructions that ours has.
// Any other is an error, so that nothing of it is passed over.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

export interface BuiltImage {
  /** What would be `/`. */
  readonly root: string
  /** Where its command runs. */
  readonly workdir: string
  readonly base: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  readonly ports: readonly number[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  remove(): void
}

interface Stage {
  readonly base: string
  readonly root: string
  readonly env: Record<string, string>
  workdir: string
  user: string
  ports: number[]
  entrypoint: string[]
  command: string[]
}

/** @param path What RUN finds programs by: the image brings its own Node, which is the first of it. */
export function buildDockerfile(file: string, path: string): BuiltImage {
  const scratch = mkdtempSync(join(tmpdir(), 'mcp-vitals-image-'))
  const context = join(scratch, 'context')
  copyContext(dirname(resolve(file)), context)
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined

  for (const { instruction, rest } of instructionsIn(readFileSync(file, 'utf8'))) {
    if (instruction === 'FROM') {
      const [, base = '', name = String(stages.size)] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
      const root = join(scratch, name)
      mkdirSync(root)
      stage = { base, root, env: {}, workdir: '/', user: 'root', ports: [], entrypoint: [], command: [] }
      stages.set(name, stage)
      continue
    }
    if (stage === undefined) throw new Error(`${instruction} comes before FROM`)
    const inside = join(stage.root, stage.workdir)
    if (instruction === 'WORKDIR') {
      stage.workdir = rest
      mkdirSync(join(stage.root, rest), { recursive: true })
    } else if (instruction === 'COPY') {
      const words = rest.split(/\s+/)
      const [, from] = /^--from=(\S+)$/.exec(words[0] ?? '') ?? []
      const source = from === undefined ? context : stages.get(from)?.root
      if (source === undefined) throw new Error(`there is no stage ${from}`)
      const [target = '', ...sources] = words.slice(from === undefined ? 0 : 1).toReversed()
      for (const one of sources) copyInto(join(source, one), resolve(inside, target), target.endsWith('/'))
    } else if (instruction === 'RUN') {
      // The machine's way to a registry is its own, and what it has already is not asked for again.
      const env = { ...process.env, npm_config_prefer_offline: 'true', PATH: path, ...stage.env }
      execFileSync('sh', ['-c', rest], { cwd: inside, env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 200_000 })
    } else if (instruction === 'ENV') {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = value
    } else if (instruction === 'USER') stage.user = rest
    else if (instruction === 'EXPOSE') stage.ports = rest.split(/\s+/).map(Number)
    else if (instruction === 'ENTRYPOINT') stage.entrypoint = JSON.parse(rest)
    else if (instruction === 'CMD') stage.command = JSON.parse(rest)
    else throw new Error(`${instruction} is not understood`)
  }
  if (stage === undefined) throw new Error(`${file} has no FROM`)
  const remove = () => {
    // A test may have taken the right to write away.
    execFileSync('chmod', ['-R', 'u+w', scratch])
    rmSync(scratch, { recursive: true, force: true })
  }
  return { ...stage, workdir: join(stage.root, stage.workdir), remove }
}

function instructionsIn(text: string): { instruction: string; rest: string }[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ')
  return [...lines.matchAll(/^([A-Z]+)\s+(.*)$/gm)].map(([, instruction = '', rest = '']) => ({
    instruction,
    rest: rest.trim(),
  }))
}

/** What .dockerignore lets in: ours leaves everything out and takes some back. */
function copyContext(from: string, to: string): void {
  const [all, ...taken] = readFileSync(join(from, '.dockerignore'), 'utf8').trim().split('\n')
  if (all !== '*' || taken.some((line) => !line.startsWith('!')))
    throw new Error('this .dockerignore is not understood')
  mkdirSync(to)
  for (const line of taken) cpSync(join(from, line.slice(1)), join(to, line.slice(1)), { recursive: true })
}

/** A folder is copied as what is in it, a file into a folder by its name. */
function copyInto(source: string, target: string, intoFolder: boolean): void {
  const folder = statSync(source).isDirectory()
  const isRoom = intoFolder || target.endsWith('/.') || isFolder(target)
  cpSync(source, folder || !isRoom ? target : join(target, basename(source)), { recursive: true })
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
