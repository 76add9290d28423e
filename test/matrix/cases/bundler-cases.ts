// Tries bundles of a server: with all packages, run in a folder without node_modules, and with its own code alone.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MatrixCase } from '../matrix-case.ts'
import { CaseFailure, cellOf } from '../matrix-case.ts'
import type { Route } from '../run-server.ts'
import { tryServer } from '../run-server.ts'
import { BASIC_CALLS, serverProgram } from '../server-program.ts'
import { tellingLine } from '../telling-line.ts'
import type { Project, Workbench } from '../workbench.ts'
import { libraryProject } from './runtime-cases.ts'

const BUNDLERS = ['esbuild', 'tsup'] as const
type Bundler = (typeof BUNDLERS)[number]

/** Another name than `createRequire`, which bundled packages import themselves. */
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);"

interface Build {
  readonly row: string
  readonly format: 'esm' | 'cjs'
  readonly hasBanner?: boolean
  /** Leaves all packages in node_modules. */
  readonly isExternal?: boolean
}

const BUILDS: readonly Build[] = [
  { row: 'ESM', format: 'esm' },
  { row: 'ESM, banner', format: 'esm', hasBanner: true },
  { row: 'ESM, packages external', format: 'esm', isExternal: true },
  { row: 'CommonJS', format: 'cjs' },
  { row: 'CommonJS, packages external', format: 'cjs', isExternal: true },
]

const COLUMNS: Readonly<Record<string, Route>> = {
  '`/metrics`': 'pull',
  'OTLP over HTTP': 'http/protobuf',
  'OTLP over gRPC': 'grpc',
}

export const bundlerCases: readonly MatrixCase[] = BUNDLERS.flatMap((bundler) =>
  BUILDS.flatMap((build) =>
    Object.entries(COLUMNS).map(([column, route]) => ({
      group: 'bundlers' as const,
      row: `${bundler}, ${build.row}`,
      columns: [column],
      async run(bench: Workbench) {
        const tools = await bench.project({
          name: bundler,
          dependencies: { [bundler]: 'latest', ...(bundler === 'tsup' && { typescript: '^5' }) },
          allowScripts: ['esbuild'],
        })
        const cell = await cellOf(async () => {
          const { folder: cwd, file } = await bundled(bench, tools, bundler, build)
          const run = { command: process.execPath, args: [file], options: { cwd }, calls: BASIC_CALLS }
          return tryServer(bench, route, run)
        })
        return { version: tools.versionOf(bundler), cells: { [column]: cell } }
      },
    })),
  ),
)

/** Bundles again for each route: it takes a second or two, and no case depends on another. */
async function bundled(bench: Workbench, tools: Project, bundler: Bundler, build: Build) {
  const project = await libraryProject(bench)
  project.write('ESM', 'server.js', serverProgram('v1 registerTool', 'ESM', BASIC_CALLS))
  const file = build.format === 'esm' ? 'bundle.mjs' : 'bundle.cjs'
  const make = bundler === 'esbuild' ? withEsbuild : withTsup
  const { code, stdout, stderr } = await make(bench, tools, project, build, file)
  if (code !== 0) throw new CaseFailure(tellingLine(stderr === '' ? stdout : stderr))
  const folder = join(project.folderOf('ESM'), 'bundle')
  if (build.isExternal === true) return { folder, file }
  const elsewhere = bench.emptyFolder()
  copyFileSync(join(folder, file), join(elsewhere, file))
  return { folder: elsewhere, file }
}

function withEsbuild(bench: Workbench, tools: Project, project: Project, build: Build, file: string) {
  const args = [
    'server.js',
    '--bundle',
    '--platform=node',
    `--format=${build.format}`,
    `--outfile=bundle/${file}`,
    '--log-level=warning',
    ...(build.hasBanner ? [`--banner:js=${BANNER}`] : []),
    ...(build.isExternal ? ['--packages=external'] : []),
  ]
  return bench.run(tools.path('.bin', 'esbuild'), args, { cwd: project.folderOf('ESM') })
}

function withTsup(bench: Workbench, tools: Project, project: Project, build: Build, file: string) {
  project.write(
    'ESM',
    'tsup.config.mjs',
    `export default {
  entry: { bundle: 'server.js' },
  outDir: 'bundle',
  format: '${build.format}',
  platform: 'node',
  target: 'node22',
  splitting: false,
  ${build.isExternal ? '' : 'noExternal: [/.*/],'}
  outExtension: () => ({ js: '${file.slice('bundle'.length)}' }),
  ${build.hasBanner ? `banner: { js: ${JSON.stringify(BANNER)} },` : ''}
  esbuildOptions(options) {
    ${build.isExternal ? "options.packages = 'external'" : ''}
  },
}
`,
  )
  return bench.run(tools.path('.bin', 'tsup'), [], { cwd: project.folderOf('ESM') })
}
