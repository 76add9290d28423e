// Tests the two images without Docker: the Dockerfile's own steps in scratch folders, and the commands as they would start, run by a
// user who may not write anywhere.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { BuiltDockerfile, BuiltImage } from '../support/files/dockerfile.ts'
import { buildDockerfile } from '../support/files/dockerfile.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const packages = inject('packages')
const IMAGES = ['mcp-vitals', 'mcp-vitals-server'] as const
const NODE = process.execPath
/** The id of the user `node` in the image. */
const USER = 1000

let built: BuiltDockerfile
const running = new Set<ChildProcessWithoutNullStreams>()
const outside = mkdtempSync(join(tmpdir(), 'mcp-vitals-outside-'))
const tokens = join(outside, 'tokens')
beforeAll(() => {
  built = buildDockerfile('Dockerfile', `${dirname(NODE)}:${process.env['PATH']}`)
  writeFileSync(tokens, 'a-token-of-this-test\n')
  // The image's user can enter the folders, and nobody can write to them.
  for (const folder of [outside, built.folder]) chmodSync(folder, 0o755)
  for (const name of IMAGES) execFileSync('chmod', ['-R', 'a-w,a+rX', built.image(name).root])
}, 480_000)
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  built?.remove()
  rmSync(outside, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcessWithoutNullStreams
  readonly output: () => string
  readonly exited: Promise<unknown>
}

/** Runs the entry point with these arguments instead of CMD, without this process's environment. */
function run(image: BuiltImage, args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const [program, ...first] = image.entrypoint
  expect(program).toBe('node')
  const child = spawn(NODE, [...first, ...args], {
    cwd: image.workdir,
    env: { ...image.env, ...env },
    // Only root can become another user; anybody else may not write there either.
    ...(process.getuid?.() === 0 && { uid: USER, gid: USER }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  running.add(child)
  const exited = once(child, 'close').then(([code, signal]) => {
    running.delete(child)
    return code ?? signal
  })
  return { child, output: () => output, exited }
}

/** Returns every file of an image and when it was written. */
function contents(image: BuiltImage): string[] {
  return readdirSync(image.root, { recursive: true, encoding: 'utf8' })
    .map((path) => `${path} ${lstatSync(join(image.root, path)).mtimeMs}`)
    .sort()
}

describe.each(IMAGES)('image %s', (name) => {
  it('is based on the Node that the tests run on, for a user who is not root', () => {
    const { base, user } = built.image(name)
    const [, major] = /^node:(\d+)-slim$/.exec(base) ?? []
    expect(process.version).toMatch(new RegExp(`^v${major}\\.`))
    expect(user).toBe('node')
  })

  it('contains what is published, and nothing else but node_modules', () => {
    const { root, workdir } = built.image(name)
    expect(readdirSync(root)).toEqual(['app'])
    const published = new Set(packages[name].files.map((file) => file.split('/')[0]))
    expect(readdirSync(workdir).sort()).toEqual([...published, 'node_modules'].sort())
  })

  it('contains every dependency of the program, and none that only development needs', () => {
    const there = (path: string) => existsSync(join(built.image(name).workdir, path))
    const { packages: locked } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { dev?: boolean }>
    }
    const development = Object.keys(locked).filter((path) => locked[path]?.dev === true)
    expect(development.length).toBeGreaterThan(50)
    expect(development.filter(there)).toEqual([])
    const needed = [...dependenciesOf('mcp-vitals'), ...(name === 'mcp-vitals' ? [] : dependenciesOf(name))]
    expect(needed.filter((dependency) => !there(`node_modules/${dependency}`))).toEqual([])
  })

  it('contains no link to a workspace', () => {
    const folder = join(built.image(name).workdir, 'node_modules')
    const top = readdirSync(folder).flatMap((entry) =>
      entry.startsWith('@') ? readdirSync(join(folder, entry)).map((scoped) => join(entry, scoped)) : [entry],
    )
    expect(top).toContain(join('@mcp-vitals', 'instrumentation'))
    expect(top.filter((entry) => lstatSync(join(folder, entry)).isSymbolicLink())).toEqual([])
  })

  it('prints its version', async () => {
    const { exited, output } = run(built.image(name), ['--version'])
    expect(await exited, output()).toBe(0)
    expect(output().trim()).toBe(packages[name].manifest.version)
  })
})

describe('image mcp-vitals', () => {
  it('prints its help when started without arguments', async () => {
    const image = built.image('mcp-vitals')
    const { exited, output } = run(image, image.command)
    expect(await exited, output()).toBe(0)
    expect(output()).toContain('traffic')
  })

  it('contains nothing of the reference server: no Kubernetes client, no MCP SDK, no zod', () => {
    const folder = join(built.image('mcp-vitals').workdir, 'node_modules')
    for (const name of ['mcp-vitals-server', '@kubernetes', '@modelcontextprotocol', 'zod', 'express'])
      expect(existsSync(join(folder, name)), name).toBe(false)
  })
})

describe('image mcp-vitals-server', () => {
  it('is the one that docker build makes by default', () => {
    expect(built.image()).toEqual(built.image('mcp-vitals-server'))
  })

  it('requires a token file before it listens on every address', async () => {
    const image = built.image()
    const { exited, output } = run(image, image.command)
    expect(await exited).toBe(2)
    expect(output()).toContain('--token-file or --behind-auth-proxy is required')
  })

  it('serves the traffic of the other image, stops cleanly, and neither writes anything', async () => {
    const server = built.image()
    const vitals = built.image('mcp-vitals')
    expect(server.ports).toEqual(
      [server.env['MCP_VITALS_PORT'], server.env['OTEL_EXPORTER_PROMETHEUS_PORT']].map(Number),
    )
    const before = [contents(server), contents(vitals)]
    const serving = run(server, server.command, {
      MCP_VITALS_HOST: '127.0.0.1',
      MCP_VITALS_PORT: '0',
      MCP_VITALS_TOKEN_FILE: tokens,
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    })
    const printed = (pattern: RegExp) => waitFor(() => pattern.exec(serving.output())?.[1], 20_000, String(pattern))
    const url = await printed(/serves MCP at (\S+)\n/)
    const metrics = await printed(/metrics +(\S+)/)
    expect((await fetch(url, { method: 'POST' })).status).toBe(401)
    expect((await fetch(metrics.replace(/metrics$/, 'ready'))).status).toBe(200)

    const traffic = run(vitals, ['traffic', '--url', url, '--duration', '1', '--rate', '20'], {
      MCP_VITALS_TOKEN_FILE: tokens,
    })
    expect(await traffic.exited, traffic.output()).toBe(0)
    const exposed = await (await fetch(metrics)).text()
    expect(exposed).toMatch(/^mcp_tool_calls_total\{status="success",tool_name="hello_world"\} [1-9]/m)

    serving.child.kill('SIGTERM')
    expect(await serving.exited).toBe(0)
    expect([contents(server), contents(vitals)]).toEqual(before)
  })
})

/** The API of OpenTelemetry is a peer dependency. */
function dependenciesOf(name: (typeof IMAGES)[number]): string[] {
  const { dependencies, peerDependencies } = packages[name].manifest
  return Object.keys({ ...dependencies, ...(peerDependencies as object | undefined) })
}
