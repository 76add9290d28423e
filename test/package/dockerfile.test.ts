// The image without Docker: the Dockerfile's own steps in a scratch folder, and its command as it would start, by a user who may
// write to nothing.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuiltImage } from '../support/files/dockerfile.ts'
import { buildDockerfile } from '../support/files/dockerfile.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const NODE = process.execPath
/** What `node` is in the image. */
const USER = 1000

let image: BuiltImage
const running = new Set<ChildProcessWithoutNullStreams>()
const outside = mkdtempSync(join(tmpdir(), 'mcp-vitals-outside-'))
const tokens = join(outside, 'tokens')
beforeAll(() => {
  image = buildDockerfile('Dockerfile', `${dirname(NODE)}:${process.env['PATH']}`)
  writeFileSync(tokens, 'a-token-of-this-test\n')
  chmodSync(outside, 0o755)
  // The folder is to be entered by the image's user, and written to by nobody.
  chmodSync(dirname(image.root), 0o755)
  execFileSync('chmod', ['-R', 'a-w,a+rX', image.root])
}, 480_000)
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  image?.remove()
  rmSync(outside, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcessWithoutNullStreams
  readonly output: () => string
  readonly exited: Promise<unknown>
}

/** The entry point with these arguments instead of its CMD, and nothing of this process's environment. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const [program, ...first] = image.entrypoint
  expect(program).toBe('node')
  const child = spawn(NODE, [...first, ...args], {
    cwd: image.workdir,
    env: { ...image.env, ...env },
    // Who is no root cannot become another, and may not write there either.
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

/** Every file and when it was written. */
function contents(): string[] {
  return readdirSync(image.root, { recursive: true, encoding: 'utf8' })
    .map((path) => `${path} ${statSync(join(image.root, path)).mtimeMs}`)
    .sort()
}

test('the image is of the Node that the tests run on, for a user who is not root', () => {
  const [, major] = /^node:(\d+)-slim$/.exec(image.base) ?? []
  expect(process.version).toMatch(new RegExp(`^v${major}\\.`))
  expect(image.user).toBe('node')
})

test('the image holds the program and what it needs to run, and nothing that only development needs', () => {
  expect(readdirSync(image.root)).toEqual(['app'])
  expect(readdirSync(image.workdir).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json'])
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>
  }
  const there = (path: string) => existsSync(join(image.workdir, path))
  const development = Object.keys(packages).filter((path) => packages[path]?.dev === true)
  expect(development.length).toBeGreaterThan(50)
  expect(development.filter(there)).toEqual([])
  // The API of OpenTelemetry is a peer dependency.
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  expect(needed.filter((name) => !there(`node_modules/${name}`))).toEqual([])
})

test('it tells its version', async () => {
  const { exited, output } = run(['--version'])
  expect(await exited).toBe(0)
  expect(output().trim()).toContain(manifest.version)
})

test('started as it is, it asks for a token file before it listens to anybody', async () => {
  const { exited, output } = run(image.command)
  expect(await exited).toBe(2)
  expect(output()).toContain('--token-file is needed')
})

test('it serves, is called by its own traffic command, stops cleanly, and writes nothing', async () => {
  expect(image.ports).toEqual([
    Number(image.env['MCP_VITALS_PORT']),
    Number(image.env['OTEL_EXPORTER_PROMETHEUS_PORT']),
  ])
  const before = contents()
  const local = {
    MCP_VITALS_HOST: '127.0.0.1',
    MCP_VITALS_PORT: '0',
    MCP_VITALS_TOKEN_FILE: tokens,
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  }
  const server = run(image.command, local)
  const said = (pattern: RegExp) => waitFor(() => pattern.exec(server.output())?.[1], 20_000, String(pattern))
  const url = await said(/serves MCP at (\S+)\n/)
  const metrics = await said(/metrics +(\S+)/)
  expect((await fetch(url, { method: 'POST' })).status).toBe(401)
  expect((await fetch(metrics.replace(/metrics$/, 'ready'))).status).toBe(200)

  const traffic = run(['traffic', '--url', url, '--duration', '1', '--rate', '20'], { MCP_VITALS_TOKEN_FILE: tokens })
  expect(await traffic.exited, traffic.output()).toBe(0)
  const exposed = await (await fetch(metrics)).text()
  expect(exposed).toMatch(/^mcp_tool_calls_total\{status="success",tool_name="hello_world"\} [1-9]/m)

  server.child.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(contents()).toEqual(before)
})
