// Describes a third-party MCP server: what to install, how to start it with mcp-vitals and without, and what its tools do.
import type { Revision } from './raw-session.ts'

/** One `tools/call`, and how it must be counted. */
export interface PlannedCall {
  readonly tool: string
  readonly args?: Readonly<Record<string, unknown>>
  /** `success`, the `error_type` that the call must have, or `nothing` where a hook cannot see it. */
  readonly counts: string
}

export interface Start {
  /** Arguments of Node. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The same server twice. */
export interface Starts {
  readonly with: Start
  readonly without: Start
}

export interface Subject {
  /** The package and its version, such as `fastmcp 4.20.16`. */
  readonly name: string
  /** The scratch project that has it: servers with the same requirements share one. */
  readonly project: ProjectName
  /** Files that are written to the project, by name. */
  readonly files: Readonly<Record<string, string>>
  readonly stdio?: Starts
  /** Streamable HTTP, on a free port and at the path `/mcp`. */
  readonly http?: (port: number) => Starts
  /** @default '2025-06-18' */
  readonly revision?: Revision
  readonly calls: readonly PlannedCall[]
  /** Where the lines of mcp-vitals go. */
  readonly hook: string
  /** Whether a preload attaches it, which starts telemetry when the program makes a server: over HTTP, for the first session. */
  readonly isPreloaded?: boolean
  /** Whether `mcp-vitals wrap` attaches it: tools are listed after the calls, so that `wrap` has to ask for them itself. */
  readonly isWrapped?: boolean
}

/** What is needed to run one. */
export type RunnableSubject = Omit<Subject, 'project' | 'files' | 'hook'>

export type ProjectName = 'zod-4' | 'zod-3' | 'programs' | 'http-frameworks' | 'mastra' | 'mcp-use'

/** The lines of a user's own server. The address on stderr tells the test what to scrape. */
export const TWO_LINES = `
import { instrumentMcpServer, startTelemetry } from 'mcp-vitals'
const telemetry = await startTelemetry({ stdio: true })
console.error(telemetry.metricsUrl)
`

/** Instruments each `McpServer` of an SDK when it connects, for servers that no code of the user creates. */
export const AT_CONNECT = `
const { connect } = McpServer.prototype
McpServer.prototype.connect = function (...args) {
  instrumentMcpServer(this)
  return connect.apply(this, args)
}
`

/** The same for low-level servers: an instrumented one has a `connect` of its own, which calls the one of its class. */
export const AT_LOW_LEVEL_CONNECT = `
const { connect } = Server.prototype
Server.prototype.connect = function (...args) {
  return Object.hasOwn(this, 'connect') ? connect.apply(this, args) : instrumentMcpServer(this).connect(...args)
}
`

/** Two files of one source: the server as its users have it, and the same with the lines of mcp-vitals. */
export function bothFiles(name: string, source: (isAttached: boolean) => string): Readonly<Record<string, string>> {
  return { [`${name}.js`]: source(true), [`${name}-bare.js`]: source(false) }
}

export function startBoth(name: string, ...args: readonly string[]): Starts {
  return { with: { args: [`${name}.js`, ...args] }, without: { args: [`${name}-bare.js`, ...args] } }
}
