import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SCOPE } from '../../src/instrumentation/catalog/scope.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
/** The manifests of the three packages. */
const manifests = ['package.json', 'src/instrumentation/package.json', 'src/server/package.json'].map((file) =>
  JSON.parse(readFileSync(file, 'utf8')),
)

describe('the packages', () => {
  it('have one version, which the telemetry reports', () => {
    expect(manifests.map(({ name }) => name)).toEqual([
      'mcp-vitals',
      '@mcp-vitals/instrumentation',
      'mcp-vitals-server',
    ])
    expect(manifests.map(({ version }) => version)).toEqual(manifests.map(() => SCOPE.version))
    expect(SCOPE.name).toBe(manifest.name)
  })

  it('are published from dist only: the folders of the sources are private', () => {
    expect(manifests.map((each) => each.private)).toEqual([true, true, true])
  })

  it('depend on exact versions of each other and of the OpenTelemetry SDK, and on ranges of everything else', () => {
    const dependencies = manifests.flatMap((each) => Object.entries<string>(each.dependencies ?? {}))
    const isExact = (name: string) =>
      /^(@mcp-vitals\/|mcp-vitals$|@opentelemetry\/(?!api$|instrumentation-))/.test(name)
    const wrong = dependencies.filter(([name, version]) => isExact(name) !== /^\d+\.\d+\.\d+$/.test(version))

    expect(dependencies.length).toBeGreaterThan(20)
    expect(wrong).toEqual([])
  })

  it('share one copy of the metrics SDK: a second copy would collect nothing of the first', () => {
    const installed = execFileSync('npm', ['ls', '@opentelemetry/sdk-metrics', '--all', '--json'], { encoding: 'utf8' })
    const versions = new Set(
      [...installed.matchAll(/"@opentelemetry\/sdk-metrics": \{\s*"version": "([^"]+)"/g)].map(
        ([, version]) => version,
      ),
    )
    expect([...versions]).toEqual([manifest.dependencies['@opentelemetry/sdk-metrics']])
    expect(
      globSync('node_modules/*/node_modules/@opentelemetry/sdk-metrics', { exclude: (name) => name === 'mcp-vitals' }),
    ).toEqual([])
  })
})

describe('the lock file', () => {
  it('names no registry', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "https?:/)
  })

  it('has the optional packages of every platform: npm ci refuses a lock file that lacks one, on every platform', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    const locked = Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13))

    expect(wanted.length).toBeGreaterThan(20)
    expect(wanted.filter((name) => !locked.includes(name))).toEqual([])
  })
})

describe('the sources', () => {
  it('have no file over 300 lines', () => {
    const tracked = execFileSync('git', ['ls-files', '-z', '--', 'src', 'test', 'bench'], { encoding: 'utf8' })
    const code = tracked.split('\0').filter((file) => /\.(ts|mjs)$/.test(file) && existsSync(file))
    expect(code.length).toBeGreaterThan(500)

    const lengths = code.map((file) => ({ file, lines: readFileSync(file, 'utf8').trimEnd().split('\n').length }))
    const over = lengths.filter(({ lines }) => lines > 300).map(({ file, lines }) => `${file} has ${lines} lines`)
    expect(over).toEqual([])
  })
})

describe('each unit test', () => {
  it('mirrors a source file: test/unit/<path>/<file>[-<aspect>].test.ts tests src/<path>/<file>.ts', () => {
    const tests = globSync('test/unit/**/*.test.ts')
    expect(tests.length).toBeGreaterThan(100)
    const tested = (test: string) => {
      const [, folder = '', name = ''] = /^test\/unit\/(.*?)([^/]+)\.test\.ts$/.exec(test) ?? []
      const words = name.split('-')
      const stems = words.map((_, index) => `src/${folder}${words.slice(0, words.length - index).join('-')}`)
      return stems.some((stem) => existsSync(`${stem}.ts`) || existsSync(`${stem}.js`))
    }
    expect(tests.filter((test) => !tested(test))).toEqual([])
  })

  it('has a subject: no test stands outside a describe', () => {
    const files = globSync(['test/{unit,project,integration,e2e,package,bench,real}/**/*.test.ts'])
    const bare = files.filter((file) => /^(test|it)[.(]/m.test(readFileSync(file, 'utf8')))
    expect(bare).toEqual([])
  })
})

describe('npm scripts', () => {
  it('run on the Node of the project, whichever Node the machine has', () => {
    expect(manifest.devDependencies.node).toMatch(/^2[2-9]\./)
    expect(execFileSync('npm', ['exec', '--', 'node', '--version'], { encoding: 'utf8' }).trim()).toBe(
      `v${manifest.devDependencies.node}`,
    )
  })
})
