// Finds the regular expressions of the sources: literals by parsing, and those built from text by watching RegExp while their modules load.
import { globSync, readFileSync } from 'node:fs'
import { parseAst } from 'vitest/node'

/** The file whose expressions are made of parts that the checker cannot finish; the timed test covers them. */
export const BUILT_IN_PARTS = 'src/server/kubernetes/diagnosis/mask-credentials.ts'
/** The patterns are names of instruments that the program's own code gives, or are tried on 64 characters of a program's source. */
export const OWN_TEXT = ['src/instrumentation/plugin/rewrite-source.ts', 'src/telemetry/metrics/streams.ts']

export interface FoundExpression {
  readonly file: string
  readonly pattern: string
  readonly flags: string
}

interface Node {
  readonly type: string
  readonly regex?: { readonly pattern: string; readonly flags: string }
}

/** Every literal in the TypeScript files that the globs match, in order. */
export function literalExpressions(globs: readonly string[]): FoundExpression[] {
  return globSync(globs).flatMap((file) => literalsIn(file, readFileSync(file, 'utf8')))
}

/** @example literalsIn('a.ts', 'const a = /x+/g') // [{ file: 'a.ts', pattern: 'x+', flags: 'g' }] */
export function literalsIn(file: string, source: string): FoundExpression[] {
  const found: FoundExpression[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { type, regex } = value as Node
    if (type === 'Literal' && regex) found.push({ file, ...regex })
    for (const child of Object.values(value)) visit(child)
  }
  visit(parseAst(source, { lang: 'ts' }))
  return found
}

/** Files in which an expression is made from text. */
export function buildingFiles(globs: readonly string[]): string[] {
  return globSync(globs).filter((file) => /\bRegExp\(/.test(readFileSync(file, 'utf8')))
}

/** What a module builds while it loads. */
export async function builtExpressions(file: string): Promise<FoundExpression[]> {
  const found: FoundExpression[] = []
  const { RegExp: original } = globalThis
  globalThis.RegExp = new Proxy(original, {
    construct(target, [pattern, flags = ''], self) {
      found.push({ file, pattern: String(pattern), flags: String(flags) })
      return Reflect.construct(target, [pattern, flags], self)
    },
  })
  try {
    await import(/* @vite-ignore */ `${process.cwd()}/${file}`)
  } finally {
    globalThis.RegExp = original
  }
  return found
}
