import { globSync, readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { rewriteSource } from '../../../../src/instrumentation/plugin/rewrite-source.ts'

const CALL = 'globalThis[Symbol.for("mcp-vitals.appeared")]?.(this)'

/** Runs a class of that source and returns the instances that it handed over. */
function handedOver(source: string, run: string): unknown[] {
  const seen: unknown[] = []
  const shared = globalThis as { [key: symbol]: unknown }
  const key = Symbol.for('mcp-vitals.appeared')
  shared[key] = (instance: unknown) => void seen.push(instance)
  try {
    new Script(`${rewriteSource(source) ?? source}\n${run}`).runInThisContext()
  } finally {
    delete shared[key]
  }
  return seen
}

describe('rewriteSource', () => {
  it.each([
    ['a statement', '(() => { class A { constructor() { this._registeredTools = {}; } } return A })()'],
    ['a sequence of a minifier', '(()=>{class A{constructor(e){this.a=1,this._serverInfo=e,this.b=2}}return A})()'],
    ['a field', '(() => { class A { a = 1; _registeredTools = {}; } return A })()'],
    ['a field of a minifier', '(()=>{class A{a=1;_registeredTools={};b}return A})()'],
    ['a branch', '(() => { class A { constructor(e) { if (e !== 1) this._serverInfo = e } } return A })()'],
    ['an else branch', '(() => { class A { constructor(e) { if (e === 1); else this._serverInfo = e } } return A })()'],
    [
      'a field compiled to a call',
      '(()=>{const f=(o,k,v)=>{o[k]=v};class A{constructor(){f(this,"_registeredTools",{})}}return A})()',
    ],
  ])('makes a class hand over its instance in %s', (_, source) => {
    expect(handedOver(source, `new (${rewriteSource(source)})(0)`)).toHaveLength(1)
  })

  it.each([
    ['a comparison', 'if (this._serverInfo == other) run()'],
    ['a strict comparison', 'if (a && (this._serverInfo === other)) run()'],
    ['a value that is passed on', 'const info = this._serverInfo = given'],
    ['a read', 'for (const tool of Object.values(this._registeredTools)) list(tool)'],
    ['another object', 'server._registeredTools = {}'],
    ['no server', 'export class Client {}'],
  ])('leaves %s as it is', (_, source) => {
    expect(rewriteSource(source)).toBeUndefined()
  })

  it('finds the server classes of the installed SDKs, in both module formats, and adds no line', () => {
    const root = 'node_modules/@modelcontextprotocol'
    const files = [
      ...['esm', 'cjs'].flatMap((format) => ['index', 'mcp'].map((file) => `sdk/dist/${format}/server/${file}.js`)),
      ...globSync('server/dist/mcp-*.{mjs,cjs}', { cwd: root }),
    ]
    expect(files).toHaveLength(6)
    for (const file of files) {
      const source = readFileSync(`${root}/${file}`, 'utf8')
      const rewritten = rewriteSource(source)
      expect(rewritten, file).toContain(CALL)
      expect(rewritten?.split('\n').length, file).toBe(source.split('\n').length)
    }
  })

  it.each([
    ['braces', '{ '],
    ['line ends', '\n'],
    ['spaces', '   '],
    ['names', '_registeredTools ='],
    ['assignments', 'this._serverInfo  '],
  ])('takes time in proportion to a source of many %s', (_, piece) => {
    // The least of several, since other processes take their time too.
    const time = (length: number) => {
      const source = `_serverInfo ${piece.repeat(length)}`
      const runs = Array.from({ length: 5 }, () => {
        const began = performance.now()
        rewriteSource(source)
        return performance.now() - began
      })
      return Math.min(...runs)
    }
    time(1_000)
    // Ten times the source; a regular expression that backtracks would take a hundred times as long.
    expect(time(100_000)).toBeLessThan(50 * Math.max(1, time(10_000)))
  })
})
