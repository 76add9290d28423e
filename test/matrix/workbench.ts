// Installs scratch projects and runs commands in them, each for a limited time. Stops everything that it started when it closes.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { PackedPackages } from '../support/programs/packed-package.ts'
import { tarballsOf } from '../support/programs/packed-package.ts'
import { CaseFailure } from './matrix-case.ts'
import type { ModuleSyntax } from './server-program.ts'
import { tellingLine } from './telling-line.ts'

/** The `type` of a package for each syntax of its files. */
const TYPES: Readonly<Record<ModuleSyntax, string>> = { ESM: 'module', CommonJS: 'commonjs' }

export interface ProjectOptions {
  /** Projects of one name are installed once. */
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  /** Packages whose install scripts may run, in this project alone. */
  readonly allowScripts?: readonly string[]
}

export interface Project {
  /** A folder of ES modules, or of CommonJS files. */
  folderOf(syntax: ModuleSyntax): string
  write(syntax: ModuleSyntax, file: string, content: string): void
  /** The path of a file of an installed package. */
  path(...parts: readonly string[]): string
  versionOf(name: string): string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Finished {
  /** Undefined if a signal ended it, which is what happens when its time is up. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Workbench {
  /** The three packages as npm would publish them. */
  readonly packages: PackedPackages
  /** Dependencies of a project with `mcp-vitals` and `@mcp-vitals/instrumentation`. */
  readonly library: Readonly<Record<string, string>>
  project(options: ProjectOptions): Promise<Project>
  /** Makes an empty folder with no `node_modules` above it. */
  emptyFolder(): string
  /** Runs a command until it ends or the time of the case is up. */
  run(command: string, args: readonly string[], options: RunOptions): Promise<Finished>
  /** Limits everything that runs from now on to this time. */
  startCase(milliseconds: number): void
  close(): void
}

export function openWorkbench(packages: PackedPackages): Workbench {
  const root = mkdtempSync(join(tmpdir(), 'mcp-vitals-matrix-'))
  const running = new Set<ChildProcess>()
  const projects = new Map<string, Promise<Project>>()
  let endOfCase = Number.POSITIVE_INFINITY
  let folders = 0

  async function run(command: string, args: readonly string[], { cwd, env }: RunOptions): Promise<Finished> {
    // A process group of its own, so that its children end with it.
    const child = spawn(command, args, {
      cwd,
      env: { ...inherited(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    running.add(child)
    const ended = new Promise<number | undefined>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? undefined))
    })
    const timer = setTimeout(() => kill(child), Math.max(0, endOfCase - Date.now()))
    try {
      const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
      return { code, stdout, stderr }
    } finally {
      clearTimeout(timer)
      running.delete(child)
    }
  }

  async function install({ name, dependencies, allowScripts = [] }: ProjectOptions): Promise<Project> {
    const folder = join(root, name)
    mkdirSync(folder, { recursive: true })
    const manifest = {
      name: 'scratch',
      private: true,
      dependencies,
      allowScripts: Object.fromEntries(allowScripts.map((each) => [each, true])),
    }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    const args = ['install', '--no-audit', '--no-fund', '--loglevel=error']
    const { code, stderr } = await run('npm', args, { cwd: folder, env: npmSettings() })
    if (code !== 0) throw new CaseFailure(`npm install: ${code === undefined ? 'no time left' : tellingLine(stderr)}`)
    // tsup reads the dependencies of the nearest manifest.
    for (const [syntax, type] of Object.entries(TYPES)) {
      mkdirSync(join(folder, syntax), { recursive: true })
      writeFileSync(join(folder, syntax, 'package.json'), JSON.stringify({ private: true, type, dependencies }))
    }
    const path = (...parts: readonly string[]) => join(folder, 'node_modules', ...parts)
    return {
      folderOf: (syntax) => join(folder, syntax),
      write: (syntax, file, content) => writeFileSync(join(folder, syntax, file), content),
      path,
      versionOf: (each) => JSON.parse(readFileSync(path(each, 'package.json'), 'utf8')).version,
    }
  }

  function close(): void {
    for (const child of running) kill(child)
    rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  }

  return {
    packages,
    library: { ...tarballsOf(packages, 'mcp-vitals'), '@opentelemetry/api': '^1.10.0' },
    project(options) {
      const key = options.name
      const started = projects.get(key) ?? install(options)
      projects.set(key, started)
      // The next case may have more time.
      started.catch(() => projects.delete(key))
      return started
    },
    emptyFolder() {
      folders += 1
      const folder = join(root, `empty-${folders}`)
      mkdirSync(folder)
      return folder
    },
    run,
    startCase(milliseconds) {
      endOfCase = Date.now() + milliseconds
    },
    close,
  }
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** A program under test gets no settings of this process: neither `OTEL_*` nor `NODE_OPTIONS`. */
function inherited(): Record<string, string> {
  return pick((name) => ['PATH', 'HOME', 'TMPDIR', 'LANG'].includes(name))
}

/** npm gets its registry and its proxies. */
function npmSettings(): Record<string, string> {
  return pick((name) => /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$|SSL_CERT)/i.test(name))
}

function pick(wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      wanted(name) && value !== undefined ? [[name, value]] : [],
    ),
  )
}
