// Tests that each exported type has one name of its own, and that no module of src imports itself through others.
import { globSync, readFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const files = globSync('src/**/*.ts').map((file) => ({ file, source: readFileSync(file, 'utf8') }))

const TYPE = /^export (?:declare )?(?:abstract )?(?:type|interface|class) (\w+)/gm
const IMPORT = /^(?:import|export)\s[^'"`;]*?from\s+'([^']+)'/gm
const PACKAGES: Readonly<Record<string, string>> = {
  'mcp-vitals': 'src/index.ts',
  'mcp-vitals/command-line': 'src/command-line/index.ts',
  '@mcp-vitals/instrumentation': 'src/instrumentation/index.ts',
  '@mcp-vitals/instrumentation/wire': 'src/instrumentation/wire/index.ts',
}

function typesIn(source: string): string[] {
  return [...source.matchAll(TYPE)].map(([, name = '']) => name)
}

/** Types that several files export, each with those files. */
function sharedNames(all: typeof files): [string, string[]][] {
  const owners = Map.groupBy(
    all.flatMap(({ file, source }) => typesIn(source).map((name) => ({ name, file }))),
    ({ name }) => name,
  )
  return [...owners].filter(([, at]) => at.length > 1).map(([name, at]) => [name, at.map(({ file }) => file)])
}

/** The project's files that a file imports, types as well. */
function importsOf({ file, source }: (typeof files)[number]): string[] {
  return [...source.matchAll(IMPORT)].flatMap(([, from = '']) => {
    const target = from.startsWith('.') ? normalize(`${dirname(file)}/${from}`) : PACKAGES[from]
    return target === undefined ? [] : [target]
  })
}

/** The first circle that is found, as a path that ends where it begins. */
function circleIn(all: typeof files): string[] {
  const imports = new Map(all.map((one) => [one.file, importsOf(one)]))
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const target of imports.get(file) ?? []) {
      const circle = walk(target, [...path, file])
      if (circle.length > 0) return circle
    }
    done.add(file)
    return []
  }
  for (const file of imports.keys()) {
    const circle = walk(file, [])
    if (circle.length > 0) return circle
  }
  return []
}

describe('an exported type', () => {
  it('has a name that no other file exports', () => {
    expect(files.flatMap(({ source }) => typesIn(source)).length).toBeGreaterThan(100)
    expect(sharedNames(files), 'Rename one of the two: a name has one meaning in src.').toEqual([])
  })

  it('is found in each form of an export', () => {
    const source = 'export type A = 1\nexport interface B {}\nexport class C {}\nexport const d = 1\ntype E = 2\n'
    expect(typesIn(source)).toEqual(['A', 'B', 'C'])
    expect(sharedNames(['a.ts', 'b.ts'].map((file) => ({ file, source })))).toContainEqual(['A', ['a.ts', 'b.ts']])
  })
})

describe('the imports of src', () => {
  it('form no circle, not even of types', () => {
    expect(files.flatMap(importsOf).length).toBeGreaterThan(800)
    expect(circleIn(files), 'Move what both files need to a third.').toEqual([])
  })

  it('are followed through several files and through package names', () => {
    const circle = [
      { file: 'src/index.ts', source: "export { a } from './a/a.ts'" },
      { file: 'src/a/a.ts', source: "import type { B } from '../b.ts'" },
      { file: 'src/b.ts', source: "import {\n  c,\n} from 'mcp-vitals'" },
    ]
    expect(circleIn(circle)).toEqual(['src/index.ts', 'src/a/a.ts', 'src/b.ts', 'src/index.ts'])
    expect(circleIn(circle.slice(0, 2))).toEqual([])
  })
})

const ALLOWED = ['CHANGELOG.md', 'src/page/model/conventions.ts']

describe('a name that the conventions replaced', () => {
  // In two parts, so that this file does not contain it.
  const replaced = [['rpc.response', 'status_code'].join('.'), ['rpc_response', 'status_code'].join('_')]
  const kept = globSync(
    ['{src,docs,dashboards,alerts,otel,k8s,test,bench}/**/*.{ts,js,json,md,yml,yaml}', '*.{md,yaml,json}'],
    {
      exclude: (path) => path === 'node_modules',
    },
  ).filter((path) => !ALLOWED.includes(path) && !path.includes('node_modules'))

  it('occurs only in the changelog and where the page reads servers of older conventions', () => {
    expect(kept.length).toBeGreaterThan(500)
    const found = kept.filter((path) => {
      const text = readFileSync(path, 'utf8')
      return replaced.some((name) => text.includes(name))
    })
    expect(found).toEqual([])
  })
})
