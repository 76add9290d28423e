// Attaches published programs by a file that Node loads first. The file needs the copy of the SDK that the program uses.
import type { PlannedCall, ProjectName, Start, Starts, Subject } from './subject.ts'
import { AT_CONNECT, AT_LOW_LEVEL_CONNECT, TWO_LINES } from './subject.ts'

/** Programs may look for updates or send statistics: nothing that they send gets beyond this machine. */
const OFFLINE = {
  NODE_USE_ENV_PROXY: '1',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
  DO_NOT_TRACK: '1',
} as const

export interface Program {
  readonly name: string
  readonly project: ProjectName
  /** The file in the project that starts it. */
  readonly path: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** More files that it needs. */
  readonly files?: Readonly<Record<string, string>>
  /** The class that is patched: `McpServer` or the low-level `Server`. */
  readonly server: 'McpServer' | 'Server'
  /** The module that exports it; the SDK v1 that the program's file resolves if none is given. */
  readonly sdk?: { readonly module: string; readonly isCommonJs?: boolean }
  /** Arguments and variables of Streamable HTTP; none if only stdio is driven. */
  readonly http?: (port: number) => Start
  readonly calls: readonly PlannedCall[]
}

export function subjectOf(program: Program): Subject {
  const { name, project, path, args = [], env = {}, http, calls } = program
  const attach = `attach-${name.replaceAll(/\W+/g, '-')}.js`
  const starts = (start: Start): Starts => {
    const both = { ...OFFLINE, ...env, ...start.env }
    const command = [path, ...start.args]
    return { with: { args: ['--import', `./${attach}`, ...command], env: both }, without: { args: command, env: both } }
  }
  return {
    name,
    project,
    files: { ...program.files, [attach]: attachFile(program) },
    hook: `${program.server}.prototype.connect, --import`,
    stdio: starts({ args }),
    ...(http && { http: (port) => starts(http(port)) }),
    calls,
  }
}

function attachFile({ path, server, sdk }: Program): string {
  const v1 = `@modelcontextprotocol/sdk/server/${server === 'McpServer' ? 'mcp' : 'index'}.js`
  const { module, isCommonJs = false } = sdk ?? { module: v1 }
  // `createRequire` finds the CommonJS build of a package; an ESM program uses the one next to it.
  const load = isCommonJs
    ? `require('${module}')`
    : `await import(require.resolve('${module}').replace('/dist/cjs/', '/dist/esm/').replace(/\\.cjs$/, '.mjs'))`
  return `
import { createRequire } from 'node:module'
${TWO_LINES}
const require = createRequire(import.meta.resolve('./${path}'))
const { ${server} } = ${load}
${server === 'McpServer' ? AT_CONNECT : AT_LOW_LEVEL_CONNECT}
`
}
