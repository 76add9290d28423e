import { globSync, readFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import { expect, test } from 'vitest'

interface Rule {
  /** Files that the rule is for: the longest prefix that fits a file is its rule. */
  readonly folder: string
  /** Project files and packages, each as a prefix; `node:` modules are free unless `pure`. */
  readonly may: readonly string[]
  readonly pure?: boolean
  readonly fix: string
}

const RULES: readonly Rule[] = [
  {
    folder: 'src/catalog/',
    may: ['src/catalog/'],
    pure: true,
    fix: 'The catalog is data: move what needs another module to the folder that uses it.',
  },
  {
    folder: 'src/instrumentation/',
    may: ['src/catalog/', 'src/instrumentation/', '@opentelemetry/api'],
    fix: 'Instrumentation knows the OpenTelemetry API alone: write a structural type for an SDK, or move the code to src/telemetry.',
  },
  {
    folder: 'src/telemetry/',
    may: ['src/catalog/', 'src/telemetry/', '@opentelemetry/', 'pino'],
    fix: 'Telemetry knows neither servers nor the instrumentation: let src/index.ts join the two.',
  },
  {
    folder: 'src/index.ts',
    may: ['src/catalog/', 'src/instrumentation/', 'src/telemetry/', '@opentelemetry/api'],
    fix: 'The public door knows the library alone: the server uses it, not the other way round.',
  },
  {
    folder: 'src/server/tools/',
    may: ['src/server/tools/', 'src/index.ts', 'zod', '@modelcontextprotocol/sdk'],
    fix: 'A tool is measured without its help: import what it has to record from ../../index.ts.',
  },
  {
    folder: 'src/server/',
    may: ['src/server/', 'src/index.ts', '@modelcontextprotocol/sdk', 'zod'],
    fix: 'The server is a customer of the library: import from ../index.ts, and export there what is missing.',
  },
  {
    folder: 'src/generate.ts',
    may: ['src/catalog/', 'src/dashboards/', 'src/server/config.ts', 'src/server/options.ts'],
    fix: 'What is generated derives from the catalog alone.',
  },
]

/** The one thing of telemetry that loads no SDK: the error that a wrong configuration is. */
const TYPE_ONLY = /^(?:import|export)\s+type\b/

const ENVIRONMENT_READERS = /^src\/(server\/config\.ts|telemetry\/(environment|telemetry|with-environment)\.ts)$/

interface Import {
  readonly from: string
  readonly typeOnly: boolean
}

function importsOf(source: string): Import[] {
  const statements = source.matchAll(
    /^(?:import|export)\s[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...statements].map((statement) => ({
    from: statement[1] ?? statement[2] ?? statement[3] ?? '',
    typeOnly: TYPE_ONLY.test(statement[0]),
  }))
}

function violations(file: string, source: string): string[] {
  const rule = RULES.filter(({ folder }) => file.startsWith(folder)).toSorted(
    (a, b) => b.folder.length - a.folder.length,
  )[0]
  if (rule === undefined) return [`${file} is in no folder that has a rule: add one to this test`]
  return importsOf(source).flatMap(({ from }) => {
    const target = from.startsWith('.') ? normalize(`${dirname(file)}/${from}`) : from
    const allowed = target.startsWith('node:') ? !rule.pure : rule.may.some((prefix) => target.startsWith(prefix))
    return allowed ? [] : [`${file} imports ${target}. ${rule.fix}`]
  })
}

const files = globSync('src/**/*.ts')

test('each folder imports only what its rule allows', () => {
  expect(files.length).toBeGreaterThan(40)
  expect(files.flatMap((file) => violations(file, readFileSync(file, 'utf8')))).toEqual([])
})

test('an import against the rules is found, in each form that an import can have', () => {
  const against = [
    "import { x } from '../telemetry/views.ts'",
    "import '@opentelemetry/sdk-metrics'",
    "await import('zod')",
  ]
  for (const source of against) {
    const found = violations('src/instrumentation/some-file.ts', source)
    expect(found, source).toHaveLength(1)
    expect(found[0]).toContain('write a structural type')
  }
  expect(violations('src/catalog/metrics.ts', "import { readFileSync } from 'node:fs'")).toHaveLength(1)
  expect(violations('src/server/tools/x.ts', "import { metrics } from '@opentelemetry/api'")).toHaveLength(1)
})

test('instrumentation keeps to what the OpenTelemetry API has since 1.9', () => {
  const since110 = /\b(logs|SeverityNumber|createNoopLogger|LogRecord)\b/
  const found = files
    .filter((file) => file.startsWith('src/instrumentation/'))
    .filter((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^import [^;]*? from '@opentelemetry\/api'/gm)].some(([statement]) =>
        since110.test(statement),
      ),
    )
  expect(found, 'Users of the SDK line 2.x have API 1.9: use what it has, or move the code to src/telemetry.').toEqual(
    [],
  )
})

test('the environment is read at the edge alone', () => {
  const readers = files.filter(
    (file) => /process\.env\b/.test(readFileSync(file, 'utf8')) && !ENVIRONMENT_READERS.test(file),
  )
  expect(readers, 'Read it in src/server/config.ts or src/telemetry/environment.ts and pass the value on.').toEqual([])
})

test('who only instruments loads no SDK: the public door reaches it by a dynamic import alone', () => {
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const [statement, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s[^'"`;]*?from\s+'([^']+)'/gm,
    )) {
      if (TYPE_ONLY.test(statement)) continue
      if (from.startsWith('.')) visit(normalize(`${dirname(file)}/${from}`))
      else reached.add(from)
    }
  }
  visit('src/index.ts')
  const packages = [...reached].filter((name) => !name.startsWith('src/') && !name.startsWith('node:'))
  expect(packages, 'Import the SDK inside startTelemetry.').toEqual(['@opentelemetry/api'])
})
