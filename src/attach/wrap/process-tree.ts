// Measures CPU time and memory of a process and all that it started, from Linux's /proc.
import { readFileSync } from 'node:fs'
import { SCOPE } from '@mcp-vitals/instrumentation'
import type { MeterProvider } from '@opentelemetry/api'

export interface TreeUsage {
  /** Seconds of CPU time. */
  readonly user: number
  readonly system: number
  /** Bytes of resident memory. */
  readonly memory: number
}

/** The ticks of /proc are hundredths of a second on all of Linux's architectures (proc(5), USER_HZ). */
const TICKS = 100
/** A tree that goes on growing is not followed further. */
const MAX_PROCESSES = 1_000

/** Undefined where there is no /proc, or the process has ended. */
export function readTreeUsage(pid: number): TreeUsage | undefined {
  const seen = new Set<number>()
  const next = [pid]
  let user = 0
  let system = 0
  let memory = 0
  while (next.length > 0 && seen.size < MAX_PROCESSES) {
    const current = next.pop() as number
    if (seen.has(current)) continue
    const usage = readUsage(current)
    if (usage === undefined) continue
    seen.add(current)
    user += usage.user
    system += usage.system
    memory += usage.memory
    next.push(...childrenOf(current))
  }
  return seen.size === 0 ? undefined : { user, system, memory }
}

function readUsage(pid: number): TreeUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold anything. Fields 14 to 17: utime, stime, and those of children that were waited for.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = (index: number) => Number(fields[index] ?? 0) / TICKS
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return {
      user: ticks(11) + ticks(13),
      system: ticks(12) + ticks(14),
      memory: Number(resident ?? 0) * 1024,
    }
  } catch {
    return undefined
  }
}

function childrenOf(pid: number): number[] {
  try {
    // Children of the main thread; servers that fork from another one are rare, and reading every thread is not.
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

interface TreeOptions {
  readonly pid: () => number | undefined
  /** Called first at each collection: observable instruments are read before all others. */
  readonly beforeCollection: () => void
}

/** Reports the usage of the tree under the conventional names of process metrics. Returns the stop. */
export function startTreeMetrics(provider: MeterProvider, { pid, beforeCollection }: TreeOptions): () => void {
  const meter = provider.getMeter(SCOPE.name, SCOPE.version)
  const time = meter.createObservableCounter('process.cpu.time', {
    description: 'CPU seconds of the wrapped server and its child processes.',
    unit: 's',
  })
  const memory = meter.createObservableGauge('process.memory.usage', {
    description: 'Resident memory of the wrapped server and its child processes.',
    unit: 'By',
  })
  let most = { user: 0, system: 0 }
  const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = (result) => {
    beforeCollection()
    const root = pid()
    const usage = root === undefined ? undefined : readTreeUsage(root)
    if (usage === undefined) return
    // Time of a child that nobody waited for is gone with it: a counter does not go back.
    most = { user: Math.max(most.user, usage.user), system: Math.max(most.system, usage.system) }
    result.observe(time, most.user, { 'cpu.mode': 'user' })
    result.observe(time, most.system, { 'cpu.mode': 'system' })
    result.observe(memory, usage.memory)
  }
  meter.addBatchObservableCallback(observe, [time, memory])
  return () => meter.removeBatchObservableCallback(observe, [time, memory])
}
