// Tries the library in Node.js, Bun and Deno: as an ES module and by `require`, with metrics pulled and pushed; and the preload where it is not supported.
import type { CaseReport, Cell, MatrixCase } from '../matrix-case.ts'
import { CaseFailure, cellOf } from '../matrix-case.ts'
import type { Route } from '../run-server.ts'
import { tryServer } from '../run-server.ts'
import type { ModuleSyntax } from '../server-program.ts'
import { BASIC_CALLS, bareProgram, FINISHED, serverProgram } from '../server-program.ts'
import { tellingLine } from '../telling-line.ts'
import type { Project, Workbench } from '../workbench.ts'

interface Runtime {
  readonly row: string
  /** The npm package that brings it, and its version. */
  readonly dependency: readonly [name: string, range: string]
  readonly command: (tool: Project) => readonly [command: string, ...args: string[]]
  readonly env?: (tool: Project) => Readonly<Record<string, string>>
  /** What loads the preload before the program, if it is not `--import mcp-vitals/register`. */
  readonly preload?: readonly string[]
}

const node = (row: string, range: string): Runtime => ({
  row,
  dependency: ['node', range],
  command: (tool) => [tool.path('node', 'bin', 'node')],
})

const RUNTIMES: readonly Runtime[] = [
  // The oldest that the packages' `engines` allow.
  node('Node.js 22.19', '22.19.0'),
  node('Node.js 22', '22'),
  node('Node.js 24', '24'),
  node('Node.js 26', '26'),
  {
    row: 'Bun',
    dependency: ['bun', '1'],
    command: (tool) => [tool.path('.bin', 'bun')],
    preload: ['--preload', 'mcp-vitals/register'],
  },
  {
    row: 'Deno',
    dependency: ['deno', '2'],
    command: (tool) => [tool.path('.bin', 'deno'), 'run', '--allow-all'],
    env: (tool) => ({ DENO_DIR: tool.path('.cache'), DENO_NO_UPDATE_CHECK: '1' }),
    // Its option takes files and URLs alone.
    preload: ['--import', './preload.js'],
  },
]

const UNSUPPORTED = node('Node.js 20', '20')

const COLUMNS: Readonly<Record<string, readonly [ModuleSyntax, Route]>> = {
  'ES module': ['ESM', 'pull'],
  '`require`': ['CommonJS', 'pull'],
  'OTLP over HTTP': ['ESM', 'http/protobuf'],
  'OTLP over gRPC': ['ESM', 'grpc'],
}

const SDK = { '@modelcontextprotocol/sdk': '^1', zod: '^4' }

export const runtimeCases: readonly MatrixCase[] = [
  ...['ES module', '`require`'].map((column) => caseOf(UNSUPPORTED, column, tryImports)),
  ...RUNTIMES.flatMap((runtime) => Object.keys(COLUMNS).map((column) => caseOf(runtime, column, tryProgram))),
  ...[UNSUPPORTED, ...RUNTIMES.filter(({ row }) => !row.startsWith('Node.js'))].map((runtime) =>
    caseOf(runtime, '`mcp-vitals/register`', tryPreload),
  ),
]

type Try = (bench: Workbench, runtime: Runtime, column: string, tool: Project) => Promise<Cell>

function caseOf(runtime: Runtime, column: string, attempt: Try): MatrixCase {
  return {
    group: 'runtimes',
    row: runtime.row,
    columns: [column],
    async run(bench): Promise<CaseReport> {
      const [name, range] = runtime.dependency
      const tool = await bench.project({
        name: `${name}-${range}`,
        dependencies: { [name]: range },
        allowScripts: [name],
      })
      const cell = await cellOf(() => attempt(bench, runtime, column, tool))
      return { version: tool.versionOf(name), cells: { [column]: cell } }
    },
  }
}

export function libraryProject(bench: Workbench): Promise<Project> {
  return bench.project({ name: 'library', dependencies: { ...bench.library, ...SDK } })
}

async function tryProgram(bench: Workbench, runtime: Runtime, column: string, tool: Project): Promise<Cell> {
  const [syntax, route] = COLUMNS[column] ?? ['ESM', 'pull']
  const project = await libraryProject(bench)
  project.write(syntax, 'server.js', serverProgram('v1 registerTool', syntax, BASIC_CALLS))
  const [command, ...args] = runtime.command(tool)
  const options = { cwd: project.folderOf(syntax), env: runtime.env?.(tool) ?? {} }
  return tryServer(bench, route, { command, args: [...args, 'server.js'], options, calls: BASIC_CALLS })
}

/** Where the preload cannot measure a server, the server runs as before, and one line says so. */
async function tryPreload(bench: Workbench, runtime: Runtime, _column: string, tool: Project): Promise<Cell> {
  const project = await libraryProject(bench)
  project.write('ESM', 'bare.js', bareProgram('v1 registerTool', 'ESM', BASIC_CALLS))
  const [command, ...args] = runtime.command(tool)
  const options = { cwd: project.folderOf('ESM'), env: runtime.env?.(tool) ?? {} }
  project.write('ESM', 'preload.js', "import 'mcp-vitals/register'\n")
  const preloaded = [...args, ...(runtime.preload ?? ['--import', 'mcp-vitals/register']), 'bare.js']
  const { code, stdout, stderr } = await bench.run(command, preloaded, options)
  const [line = '', ...others] = stderr.trim().split('\n')
  const isQuiet = others.length === 0 && line.startsWith('mcp-vitals: register needs Node.js')
  const result = code === 0 && stdout.includes(FINISHED) && isQuiet ? 'not supported' : 'fails'
  return { result, line: result === 'fails' ? tellingLine(stderr) : line }
}

/** An import has to fail with one sentence that names the required version. */
async function tryImports(bench: Workbench, runtime: Runtime, column: string, tool: Project): Promise<Cell> {
  const [syntax] = COLUMNS[column] ?? ['ESM']
  const project = await libraryProject(bench)
  const lines = new Set<string>()
  for (const name of ['mcp-vitals', '@mcp-vitals/instrumentation']) {
    project.write(syntax, 'import.js', syntax === 'ESM' ? `import '${name}'\n` : `require('${name}')\n`)
    const [command, ...args] = runtime.command(tool)
    const { code, stderr } = await bench.run(command, [...args, 'import.js'], { cwd: project.folderOf(syntax) })
    if (code === 0) throw new CaseFailure(`${name} can be imported, and fails later`)
    lines.add(tellingLine(stderr))
  }
  const [line = '', ...others] = lines
  return { result: others.length === 0 && line.includes('requires Node.js') ? 'not supported' : 'fails', line }
}
