// Names that servers of this process offered: the only tool and prompt names that become labels. A name gets in by what
// the server does (registers, declares, lists), never by what a client asks for.
import { COMMON_ERROR_TYPES } from '../catalog/outcome-values.ts'
import { OTHER } from '../catalog/overflow.ts'
import { instruments, onMeterProvider } from '../record/instruments.ts'
import { isRecord, member } from './json-rpc.ts'

/** More servers than this under different names is a program that makes names up; the rest share one entry. */
const MAX_SERVERS = 200
/** Names beyond this are `_OTHER` on metrics all the same (see `tool.name` in the catalog). */
const MAX_NAMES = 1000

export interface Offered {
  has(name: string): boolean
  add(name: string): void
}

const perServer = new Map<string, { readonly tools: Offered; readonly prompts: Offered }>()
/** What starts at 0: each tool with the error types it declares besides the common ones. */
const startedTools = new Map<string, ReadonlySet<string>>()

onMeterProvider(() => {
  for (const [tool, declared] of startedTools) recordZeros(tool, declared)
})

/** The names offered by servers called `serverName` in this process: one server per request shares them with the next. */
export function offeredBy(serverName: string): { readonly tools: Offered; readonly prompts: Offered } {
  const key = perServer.size < MAX_SERVERS || perServer.has(serverName) ? serverName : OTHER
  let offered = perServer.get(key)
  if (offered === undefined) {
    offered = { tools: nameSet(), prompts: nameSet() }
    perServer.set(key, offered)
  }
  return offered
}

/** A set of offered names that is nobody else's: what one client was told by the server it is connected to. */
export function nameSet(): Offered {
  const names = new Set<string>()
  return {
    has: (name) => names.has(name),
    add(name) {
      if (names.size < MAX_NAMES) names.add(name)
    },
  }
}

/**
 * Puts a tool's counters at 0, now and on every meter provider to come, so that `rate()` sees the first failure. Costs a
 * look-up when the tool has started already.
 */
export function startAtZero(tool: string, declared: ReadonlySet<string> = new Set()): void {
  const started = startedTools.get(tool)
  if (started !== undefined && declared.isSubsetOf(started)) return
  if (started === undefined && startedTools.size >= MAX_NAMES) return
  const union = started === undefined ? declared : started.union(declared)
  startedTools.set(tool, union)
  recordZeros(tool, union)
  if (tool !== OTHER) startAtZero(OTHER, UNKNOWN)
}

const UNKNOWN: ReadonlySet<string> = new Set(['unknown_tool'])

function recordZeros(tool: string, declared: ReadonlySet<string>): void {
  instruments.toolCalls.record(0, { 'tool.name': tool, status: 'success' })
  instruments.toolCalls.record(0, { 'tool.name': tool, status: 'error' })
  for (const errorType of new Set([...COMMON_ERROR_TYPES, ...declared])) {
    instruments.toolErrors.record(0, { 'tool.name': tool, 'error.type': errorType })
  }
  instruments.activeRequests.record(0, { 'tool.name': tool })
}

/** The names in the answer to a `tools/list` or `prompts/list`. */
export function listedNames(result: unknown, what: 'tools' | 'prompts'): string[] {
  const list = member(result, what)
  if (!Array.isArray(list)) return []
  return list.flatMap((entry) => (isRecord(entry) && typeof entry['name'] === 'string' ? [entry['name']] : []))
}
