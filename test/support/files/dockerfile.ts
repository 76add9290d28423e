// Builds the images of a Dockerfile without Docker: runs its own steps in scratch folders, for the instructions that ours has.
// Any other instruction is an error, so that none is passed over.
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
}

export interface BuiltDockerfile {
  /** Returns the image of a stage, by default of the last, as `docker build --target` does. */
  image(target?: string): BuiltImage
  /** Where the images are. */
  readonly folder: string
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

/** @param path Where RUN finds programs; its first folder has the Node that the image would bring. */
export function buildDockerfile(file: string, path: string): BuiltDockerfile {
  const scratch = mkdtempSync(join(tmpdir(), 'mcp-vitals-image-'))
  const context = join(scratch, 'context')
  copyContext(dirname(resolve(file)), context)
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined

  for (const { instruction, rest } of instructionsIn(readFileSync(file, 'utf8'))) {
    if (instruction === 'FROM') {
      const [, from = '', name = String(stages.size)] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
      stage = startStage(from, stages.get(from), join(scratch, name))
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
      // How to reach a registry is the machine's own; packages in its cache are not downloaded again.
      const env = { ...process.env, npm_config_prefer_offline: 'true', PATH: path, ...stage.env }
      execFileSync('sh', ['-c', rest], { cwd: inside, env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 200_000 })
    } else if (instruction === 'ENV') {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = value
    } else if (instruction === 'USER') stage.user = rest
    else if (instruction === 'EXPOSE') stage.ports = rest.split(/\s+/).map(Number)
    else if (instruction === 'ENTRYPOINT') stage.entrypoint = JSON.parse(rest)
    else if (instruction === 'CMD') stage.command = JSON.parse(rest)
    else throw new Error(`${instruction} is not supported here`)
  }
  const last = stage
  return {
    image(target) {
      const built = target === undefined ? last : stages.get(target)
      if (built === undefined) throw new Error(`${file} has no stage ${target ?? ''}`)
      return { ...built, workdir: join(built.root, built.workdir) }
    },
    folder: scratch,
    remove() {
      // A test may have removed the right to write.
      execFileSync('chmod', ['-R', 'u+w', scratch])
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

/** A stage starts empty, or as a copy of the earlier stage that it names. */
function startStage(base: string, earlier: Stage | undefined, root: string): Stage {
  if (earlier === undefined) {
    mkdirSync(root)
    return { base, root, env: {}, workdir: '/', user: 'root', ports: [], entrypoint: [], command: [] }
  }
  copy(earlier.root, root)
  return { ...structuredClone(earlier), root }
}

function instructionsIn(text: string): { instruction: string; rest: string }[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ')
  return [...lines.matchAll(/^([A-Z]+)\s+(.*)$/gm)].map(([, instruction = '', rest = '']) => ({
    instruction,
    rest: rest.trim(),
  }))
}

/** Copies what .dockerignore lets in: ours leaves everything out and takes some back. */
function copyContext(from: string, to: string): void {
  const [all, ...taken] = readFileSync(join(from, '.dockerignore'), 'utf8').trim().split('\n')
  if (all !== '*' || taken.some((line) => !line.startsWith('!')))
    throw new Error('this kind of .dockerignore is not supported here')
  mkdirSync(to)
  for (const line of taken) copy(join(from, line.slice(1)), join(to, line.slice(1)))
}

/** The contents of a folder are copied; a file keeps its name in a folder. */
function copyInto(source: string, target: string, intoFolder: boolean): void {
  const folder = statSync(source).isDirectory()
  const intoExisting = intoFolder || target.endsWith('/.') || isFolder(target)
  copy(source, folder || !intoExisting ? target : join(target, basename(source)))
}

/** Links are copied as they are, as Docker does: those of workspaces are relative. */
function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
