import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { INSTRUMENTATION as I, RULES, SERVER as S } from './support/import-rules.ts'

/** Leaves nothing to load. */
const TYPE_ONLY = /^(?:import|export)\s+type\b/
/** A whole import or export of another module. */
const STATEMENT = /^(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]/gm

/** The edges. `with-environment.ts` lends the process's environment to OpenTelemetry's own packages, which read no other. */
const ENVIRONMENT_READERS = [
  'src/program/config.ts',
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

/** `mcp-vitals` allows the package, not one whose name starts so; a folder or a scope with its slash allows what is in it. */
function fits(target: string, allowed: string): boolean {
  return target === allowed || target.startsWith(allowed.endsWith('/') ? allowed : `${allowed}/`)
}

function violations(file: string, source: string): string[] {
  const rule = RULES.filter(({ folder }) => file.startsWith(folder)).toSorted(
    (a, b) => b.folder.length - a.folder.length,
  )[0]
  if (rule === undefined) return [`${file} is in no folder that has a rule: add one to this test`]
  return importsOf(source).flatMap((from) => {
    const target = from.startsWith('.') ? normalize(`${dirname(file)}/${from}`) : from
    const allowed = target.startsWith('node:') ? !rule.pure : rule.may.some((one) => fits(target, one))
    return allowed ? [] : [`${file} imports ${target}. ${rule.fix}`]
  })
}

const files = globSync('src/**/*.{ts,js}')
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
const under = (folder: string) => {
  const found = [...sources].filter(([file]) => file.startsWith(folder))
  expect(found.length, `${folder} has no files: was it renamed?`).toBeGreaterThan(0)
  return found
}

describe('each folder of src', () => {
  it('imports only what its rule allows', () => {
    expect(files.length).toBeGreaterThan(200)
    expect([...sources].flatMap(([file, source]) => violations(file, source))).toEqual([])
  })

  it('that a rule names exists, so that no rule passes because its folder was renamed', () => {
    const named = RULES.flatMap(({ folder, may }) => [folder, ...may.filter((one) => one.startsWith('src/'))])
    expect([...new Set(named)].filter((path) => !existsSync(path))).toEqual([])
    expect(ENVIRONMENT_READERS.filter((path) => !existsSync(path))).toEqual([])
  })

  it('is found when it breaks its rule, in each form that an import can have', () => {
    const against = [
      "import { x } from '../../telemetry/metrics/views.ts'",
      "import '@opentelemetry/sdk-metrics'",
      "await import('zod')",
      "const { x } = require('zod')",
      'export { x } from "../../server/config.ts"',
      "import {\n  a,\n  b,\n} from '@opentelemetry/sdk-node'",
      "import type { X } from '@modelcontextprotocol/sdk/types.js'",
      "import { x } from '../in-process/mcp-server.ts'",
    ]
    for (const source of against) {
      const found = violations(`${I}/wire/some-file.ts`, source)
      expect(found, source).toHaveLength(1)
      expect(found[0]).toContain('hand in what an adapter knows')
    }
    const broken: readonly [string, string][] = [
      [`${I}/catalog/x.ts`, "import { readFileSync } from 'node:fs'"],
      [`${S}/kubernetes/diagnosis/x.ts`, "import { z } from 'zod'"],
      [`${S}/kubernetes/x.ts`, "import { x } from '../tools/tool.ts'"],
      [`${S}/tools/x.ts`, "import { metrics } from '@opentelemetry/api'"],
      [`${S}/x.ts`, "import { x } from '../telemetry/telemetry.ts'"],
      [`${S}/x.ts`, "import { x } from 'mcp-vitals-other'"],
      ['src/program/x.ts', "import { Client } from '@modelcontextprotocol/sdk/client/index.js'"],
      ['src/dashboards/x.ts', "import { METRICS } from '../index.ts'"],
      ['src/elsewhere/x.ts', ''],
    ]
    expect(broken.filter(([file, source]) => violations(file, source).length !== 1)).toEqual([])
  })
})

describe('src/server/kubernetes/diagnosis', () => {
  it('loads nothing of the Kubernetes client: it imports its types only', () => {
    const loading = under(`${S}/kubernetes/diagnosis/`).filter(([, source]) =>
      [...source.matchAll(STATEMENT)].some(
        ([statement, from = '']) => from.startsWith('@kubernetes/') && !TYPE_ONLY.test(statement),
      ),
    )
    expect(loading.map(([file]) => file)).toEqual([])
  })
})

describe('src/instrumentation', () => {
  it('uses only what the OpenTelemetry API has since 1.9', () => {
    const since110 = /\b(logs|SeverityNumber|createNoopLogger|LogRecord)\b/
    const found = under(`${I}/`).filter(([, source]) =>
      [...source.matchAll(/^import [^;]*? from '@opentelemetry\/api'/gm)].some(([statement]) =>
        since110.test(statement),
      ),
    )
    expect(
      found.map(([file]) => file),
      'Users of the SDK line 2.x have API 1.9: use what it has, or move the code to src/telemetry.',
    ).toEqual([])
  })

  it('names no class of an SDK outside in-process', () => {
    const named =
      /\b(McpServer|StdioServerTransport|StreamableHTTP\w*|InMemoryTransport|_registered\w+|_serverInfo|constructor\??\.name)\b/
    const code = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    const found = under(`${I}/wire/`).filter(([, source]) => named.test(code(source)))
    expect(found.map(([file]) => file)).toEqual([])
  })
})

describe('the environment', () => {
  it('is read at the edge alone', () => {
    const readers = [...sources].filter(([, source]) => readsEnvironment(source)).map(([file]) => file)

    expect(readers.toSorted(), 'Read it in one of these files and pass the value on.').toEqual(ENVIRONMENT_READERS)
  })

  it('is seen to be read, in each form that this can have, and not in a comment', () => {
    const readers = [
      'const port = process.env.PORT',
      "const port = process['env'].PORT",
      'const { env, argv } = process',
      "import { env } from 'node:process'",
    ]
    expect(readers.filter((source) => !readsEnvironment(source))).toEqual([])
    expect(readsEnvironment('/** @default process.env */\n// process.env\nconst env = given')).toBe(false)
  })
})

describe('the public APIs', () => {
  /** Packages that are loaded with a file, without those that it imports when they are needed. */
  const loadedWith = (entry: string): string[] => {
    const packages = { '@mcp-vitals/instrumentation': `${I}/index.ts` } as Readonly<Record<string, string>>
    const reached = new Set<string>()
    const visit = (file: string) => {
      if (reached.has(file)) return
      reached.add(file)
      for (const [statement, from = ''] of (sources.get(file) ?? '').matchAll(STATEMENT)) {
        if (TYPE_ONLY.test(statement)) continue
        const target = packages[from] ?? (from.startsWith('.') ? normalize(`${dirname(file)}/${from}`) : undefined)
        if (target === undefined) reached.add(from)
        else visit(target)
      }
    }
    visit(entry)
    return [...reached].filter((name) => !name.startsWith('src/') && !name.startsWith('node:'))
  }

  it.each([`${I}/index.ts`, 'src/index.ts'])('%s loads no SDK: who only instruments does not pay for one', (entry) => {
    expect(existsSync(entry)).toBe(true)
    expect(loadedWith(entry), 'Import the SDK inside startTelemetry.').toEqual(['@opentelemetry/api'])
  })
})
