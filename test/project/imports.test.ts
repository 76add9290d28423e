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
    may: [
      'src/server/tools/',
      'src/server/kubernetes/',
      'src/index.ts',
      'zod',
      '@modelcontextprotocol/sdk',
      '@kubernetes/client-node',
    ],
    fix: 'A tool is measured without its help: import what it has to record from ../../index.ts.',
  },
  {
    folder: 'src/server/kubernetes/',
    may: ['src/server/kubernetes/', 'src/index.ts', 'zod', '@kubernetes/client-node'],
    fix: 'What talks to Kubernetes knows neither tools nor the rest of the server: import what it has to record from ../../index.ts.',
  },
  {
    folder: 'src/server/kubernetes/simulated/',
    may: ['src/server/kubernetes/simulated/', 'src/server/kubernetes/api-path.ts', '@kubernetes/client-node'],
    fix: 'The simulated cluster stands by itself, as a real one does: it is spoken to over HTTP alone.',
  },
  {
    folder: 'src/server/kubernetes/diagnosis/',
    may: ['src/server/kubernetes/diagnosis/', '@kubernetes/client-node'],
    pure: true,
    fix: 'Diagnosis is pure functions over objects: reading and recording are for src/server/kubernetes.',
  },
  {
    folder: 'src/server/',
    may: ['src/server/', 'src/index.ts', '@modelcontextprotocol/sdk', 'zod'],
    fix: 'The server is a customer of the library: import from ../index.ts, and export there what is missing.',
  },
  {
    folder: 'src/dashboards/',
    may: ['src/dashboards/', 'src/catalog/'],
    pure: true,
    fix: 'A dashboard is data made of the catalog: it asks nothing else, and writing it to a file is for src/generate.ts.',
  },
  {
    folder: 'src/alerts/',
    may: ['src/alerts/'],
    fix: 'Rules are written in alerts/; what is made of them needs nothing else.',
  },
  {
    folder: 'src/generate.ts',
    may: [
      'src/alerts/',
      'src/catalog/',
      'src/dashboards/',
      'src/server/config.ts',
      'src/server/options.ts',
      'src/server/kubernetes/diagnosis/',
    ],
    fix: 'What is generated derives from the catalog, the issue types and the rules alone.',
  },
]

/** Leaves nothing to load. */
const TYPE_ONLY = /^(?:import|export)\s+type\b/

/** The third lends the process's environment to OpenTelemetry's own parts, which read no other. */
const ENVIRONMENT_READERS = [
  'src/server/config.ts',
  'src/telemetry/configuration/environment.ts',
  'src/telemetry/configuration/with-environment.ts',
]

function readsEnvironment(source: string): boolean {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  return /\bprocess\s*(\?\.|\.|\[['"])\s*env\b|\benv\b[^}]*\}\s*=\s*process\b|from ['"](node:)?process['"]/.test(code)
}

/** What a source imports, types as well: a rule is about what one folder knows of another. */
function importsOf(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...statements].map(([, named, bare, dynamic]) => named ?? bare ?? dynamic ?? '')
}

function violations(file: string, source: string): string[] {
  const rule = RULES.filter(({ folder }) => file.startsWith(folder)).toSorted(
    (a, b) => b.folder.length - a.folder.length,
  )[0]
  if (rule === undefined) return [`${file} is in no folder that has a rule: add one to this test`]
  return importsOf(source).flatMap((from) => {
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
    "const { x } = require('zod')",
    'export { x } from "../server/config.ts"',
    "import {\n  a,\n  b,\n} from '@opentelemetry/sdk-node'",
    "import type { X } from '@modelcontextprotocol/sdk/types.js'",
  ]
  for (const source of against) {
    const found = violations('src/instrumentation/some-file.ts', source)
    expect(found, source).toHaveLength(1)
    expect(found[0]).toContain('write a structural type')
  }
  expect(violations('src/instrumentation/catalog/metrics.ts', "import { readFileSync } from 'node:fs'")).toHaveLength(1)
  expect(violations('src/server/kubernetes/diagnosis/x.ts', "import { z } from 'zod'")).toHaveLength(1)
  expect(violations('src/server/kubernetes/x.ts', "import { x } from '../tools/tool.ts'")).toHaveLength(1)
  expect(violations('src/server/tools/x.ts', "import { metrics } from '@opentelemetry/api'")).toHaveLength(1)
  expect(violations('src/dashboards/x.ts', "import { METRICS } from '../index.ts'")).toHaveLength(1)
})

test('diagnosis takes only types of the Kubernetes client, so that it costs nothing to load', () => {
  const loading = files
    .filter((file) => file.startsWith('src/server/kubernetes/diagnosis/'))
    .filter((file) => /^import (?!type)[^;]*? from '@kubernetes\/client-node'/m.test(readFileSync(file, 'utf8')))
  expect(loading).toEqual([])
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
  const readers = files.filter((file) => readsEnvironment(readFileSync(file, 'utf8')))

  expect(
    readers.filter((file) => !ENVIRONMENT_READERS.includes(file)),
    'Read it in src/server/config.ts or src/telemetry/environment.ts and pass the value on.',
  ).toEqual([])
  expect(readers.toSorted()).toEqual(ENVIRONMENT_READERS)
})

test('CONTRIBUTING says where the environment is read, and which folders are pure', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8')
  expect(ENVIRONMENT_READERS.filter((file) => !text.includes(`\`${file}\``))).toEqual([])
  const [, free = ''] = /`node:\*` is free everywhere but in ([^.]*)\./.exec(text) ?? []
  for (const folder of ['catalog', 'dashboards', 'diagnosis']) expect(free).toContain(folder)
})

test('a reader of the environment is found, in each form that it can have, and a comment about it is none', () => {
  const readers = [
    'const port = process.env.PORT',
    "const port = process['env'].PORT",
    'const { env, argv } = process',
    "import { env } from 'node:process'",
  ]
  expect(readers.filter((source) => !readsEnvironment(source))).toEqual([])
  expect(readsEnvironment('/** @default process.env */\n// process.env\nconst env = given')).toBe(false)
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
