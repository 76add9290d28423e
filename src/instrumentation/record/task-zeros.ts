// Starts the task series of a tool at 0 when it makes its first task, so that `rate()` sees the first failure.
import { TASK_ENDS } from '../catalog/outcome-values.ts'
import { instruments, onMeterProvider } from './instruments.ts'
import { onLabelReset } from './label-state.ts'

/** Tools beyond this number are `_OTHER` on metrics (see `tool.name` in the catalog). */
const MAX_TOOLS = 1000

const started = new Set<string>()

onLabelReset(() => started.clear())

onMeterProvider(() => {
  for (const tool of started) recordZeros(tool)
})

/** Costs a look-up when the tool has started already. */
export function startTasksAtZero(tool: string): void {
  if (started.has(tool) || started.size >= MAX_TOOLS) return
  started.add(tool)
  recordZeros(tool)
}

function recordZeros(tool: string): void {
  for (const status of TASK_ENDS) instruments.tasks.record(0, { 'tool.name': tool, status })
  instruments.activeTasks.record(0, { 'tool.name': tool })
}
