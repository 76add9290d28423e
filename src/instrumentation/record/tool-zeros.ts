// Starts a tool's series at 0, so that `rate()` sees the first failure.
import { COMMON_ERROR_TYPES } from '../catalog/outcome-values.ts'
import { OTHER } from '../catalog/overflow.ts'
import { instruments, onMeterProvider } from './instruments.ts'
import { onLabelReset } from './label-state.ts'

/** Tools beyond this number do not start at 0: their names are `_OTHER` on metrics (see `tool.name` in the catalog). */
const MAX_TOOLS = 1000

/** Each started tool with the error types it declares in addition to the common ones. */
const startedTools = new Map<string, ReadonlySet<string>>()

onLabelReset(() => startedTools.clear())

onMeterProvider(() => {
  for (const [tool, declared] of startedTools) recordZeros(tool, declared)
})

/**
 * Puts a tool's counters at 0, now and on every meter provider to come, so that `rate()` sees the first failure. Costs a
 * look-up when the tool has started already.
 */
export function startAtZero(tool: string, declared: ReadonlySet<string> = NONE): void {
  const started = startedTools.get(tool)
  if (started !== undefined && (declared.size === 0 || declared.isSubsetOf(started))) return
  if (started === undefined && startedTools.size >= MAX_TOOLS) return
  const union = started === undefined ? declared : started.union(declared)
  startedTools.set(tool, union)
  recordZeros(tool, union)
  if (tool !== OTHER) startAtZero(OTHER, UNKNOWN)
}

const NONE: ReadonlySet<string> = new Set()
const UNKNOWN: ReadonlySet<string> = new Set(['unknown_tool'])

function recordZeros(tool: string, declared: ReadonlySet<string>): void {
  instruments.toolCalls.record(0, { 'tool.name': tool, status: 'success' })
  instruments.toolCalls.record(0, { 'tool.name': tool, status: 'error' })
  for (const errorType of new Set([...COMMON_ERROR_TYPES, ...declared])) {
    instruments.toolErrors.record(0, { 'tool.name': tool, 'error.type': errorType })
  }
  instruments.activeRequests.record(0, { 'tool.name': tool })
}
