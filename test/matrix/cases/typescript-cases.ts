// Tries the published types: compilers from 5.0 on, each way to resolve modules, in ESM and CommonJS projects.
import type { Cell, MatrixCase } from '../matrix-case.ts'
import { CaseFailure, cellOf, WORKS } from '../matrix-case.ts'
import type { ModuleSyntax } from '../server-program.ts'
import { tellingLine } from '../telling-line.ts'
import type { Project, Workbench } from '../workbench.ts'

const VERSIONS = ['5.0', '5.4', '5.7', '5.8', '5.9', '6.0', '7.0']

interface Setting {
  readonly syntax: ModuleSyntax
  readonly module: string
  readonly moduleResolution: string
  /** Loads the packages by `await import()`. */
  readonly isDynamic?: boolean
  /** Checks the declarations of all packages. Otherwise `skipLibCheck` is on, as in most projects. */
  readonly checksDeclarations?: boolean
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  'ESM, `node16`': { syntax: 'ESM', module: 'node16', moduleResolution: 'node16' },
  'ESM, `nodenext`': { syntax: 'ESM', module: 'nodenext', moduleResolution: 'nodenext' },
  'ESM, `nodenext`, no `skipLibCheck`': {
    syntax: 'ESM',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    checksDeclarations: true,
  },
  'ESM, `bundler`': { syntax: 'ESM', module: 'esnext', moduleResolution: 'bundler' },
  'CommonJS, `node10`': { syntax: 'CommonJS', module: 'commonjs', moduleResolution: 'node10' },
  'CommonJS, `node16`': { syntax: 'CommonJS', module: 'node16', moduleResolution: 'node16' },
  'CommonJS, `node16`, `await import()`': {
    syntax: 'CommonJS',
    module: 'node16',
    moduleResolution: 'node16',
    isDynamic: true,
  },
  'CommonJS, `nodenext`': { syntax: 'CommonJS', module: 'nodenext', moduleResolution: 'nodenext' },
  'CommonJS, `bundler`': { syntax: 'CommonJS', module: 'esnext', moduleResolution: 'bundler' },
}

export const typescriptCases: readonly MatrixCase[] = VERSIONS.flatMap((version) =>
  Object.entries(SETTINGS).map(([column, setting]) => ({
    group: 'typescript',
    row: `TypeScript ${version}`,
    columns: [column],
    async run(bench) {
      const project = await compilerProject(bench)
      const cell = await cellOf(() => compile(bench, project, version, setting))
      return { version: project.versionOf(`typescript-${version}`), cells: { [column]: cell } }
    },
  })),
)

function compilerProject(bench: Workbench): Promise<Project> {
  const compilers = VERSIONS.map((version) => [`typescript-${version}`, `npm:typescript@~${version}.0`])
  return bench.project({
    name: 'typescript',
    dependencies: { ...bench.library, '@types/node': '^24', ...Object.fromEntries(compilers) },
  })
}

async function compile(bench: Workbench, project: Project, version: string, setting: Setting): Promise<Cell> {
  const { syntax, module, moduleResolution, isDynamic, checksDeclarations } = setting
  const compilerOptions = {
    module,
    moduleResolution,
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: checksDeclarations !== true,
    types: ['node'],
    // Without this, 6.0 refuses what 7.0 has removed.
    ...(version === '6.0' && { ignoreDeprecations: '6.0' }),
  }
  const entryPoints = entryPointsOf(bench)
  project.write(syntax, 'server.ts', isDynamic === true ? dynamicImports(entryPoints) : staticImports(entryPoints))
  project.write(syntax, 'tsconfig.json', JSON.stringify({ compilerOptions, files: ['server.ts'] }))
  const compiler = project.path(`typescript-${version}`, 'bin', 'tsc')
  const args = [compiler, '-p', '.', '--pretty', 'false']
  const { code, stdout, stderr } = await bench.run(process.execPath, args, { cwd: project.folderOf(syntax) })
  if (code === undefined) throw new CaseFailure('the compiler did not finish in time')
  return judge(code, `${stdout}${stderr}`)
}

/** The option has been removed from the compiler. */
const REMOVED = /error TS5108:/

function judge(code: number, output: string): Cell {
  const errors = output.split('\n').filter((line) => /\berror TS\d+:/.test(line))
  if (code !== 0 && errors.length === 0) throw new CaseFailure(tellingLine(output))
  const removed = errors.find((line) => REMOVED.test(line))
  if (removed !== undefined) return { result: 'not supported', line: tellingLine(removed) }
  const inPackages = errors.filter((line) => /^(\.\.\/)*node_modules\//.test(line))
  const own = errors.find((line) => !inPackages.includes(line))
  const ours = inPackages.find((line) => /node_modules\/(@mcp-vitals|mcp-vitals)\//.test(line))
  const wrong = own ?? ours
  if (wrong !== undefined) return { result: 'fails', line: tellingLine(wrong) }
  // Nobody can fix the declarations of other packages here.
  return inPackages.length === 0
    ? WORKS
    : { ...WORKS, note: `with errors in the declarations of ${packagesIn(inPackages)}` }
}

function packagesIn(errors: readonly string[]): string {
  const names = errors.map((line) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(line)?.[1] ?? '')
  return [...new Set(names)].map((name) => `\`${name}\``).join(', ')
}

/** Everything that the two libraries export for import. */
function entryPointsOf({ packages }: Workbench): string[] {
  return (['mcp-vitals', '@mcp-vitals/instrumentation'] as const).flatMap((name) =>
    Object.keys(packages[name].manifest['exports'] as object)
      .filter((path) => path !== './package.json')
      .map((path) => path.replace('.', name)),
  )
}

const USE = `
const url: string | undefined = (await startTelemetry({ serviceName: 'a' })).metricsUrl
const lookup: (id: number) => Promise<string> = trackTool('lookup', async (id: number) => String(id))
const shop = defineMetrics({
  orders: { name: 'shop.orders', kind: 'counter', unit: '{order}', description: 'Orders.', attributes: { region: ['eu', 'us'] } },
})
shop.orders.record(1, { region: 'eu' })
// @ts-expect-error The metric does not have this value. An import that is not resolved would be \`any\`, and accept it.
shop.orders.record(1, { region: 'mars' })
console.log(url, lookup, instrumentMcpServer)
`

const NAMES = '{ defineMetrics, instrumentMcpServer, startTelemetry, trackTool }'

function staticImports(entryPoints: readonly string[]): string {
  const all = entryPoints.map((path, index) => `import * as entry${index} from '${path}'`)
  const used = entryPoints.map((_, index) => `entry${index}`)
  return `${all.join('\n')}
import ${NAMES} from 'mcp-vitals'
export async function main() {${USE}console.log(${used.join(', ')})
}
`
}

function dynamicImports(entryPoints: readonly string[]): string {
  return `export async function main() {
const ${NAMES} = await import('mcp-vitals')
${USE}console.log(${entryPoints.map((path) => `await import('${path}')`).join(', ')})
}
`
}
