// Generates the log of a container from its simulated program and the times at which it ran.
import type { ControlledCluster } from './controllers/controlled-cluster.ts'
import { startOf } from './controllers/run-pods.ts'
import type { LogLine, ReadLog } from './pod-log.ts'
import { programOf } from './programs.ts'
import type { Stored } from './served-resources.ts'

/** A program that lives goes on writing its lines at this pace; of a long life the last lines are kept. */
const LINE_EVERY_MS = 10_000
const MOST_LINES = 2_000

export function createReadLog(view: ControlledCluster): ReadLog {
  return (pod, container, previous) => {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container)
    const program = programOf(view.programs, imageOf(pod, container))
    const ended = previous ? status?.lastState?.terminated : (status?.state?.terminated ?? waitingAfter(status))
    if (ended !== undefined) return lastRun(ended, program.lastWords ?? program.log ?? [])
    if (previous || status?.state?.running === undefined) return undefined
    const since = Date.parse(status.state.running.startedAt ?? '') || startOf(view, pod)
    return livingLines(program.log ?? [], since, view.now())
  }
}

/** While a container waits to be started again, its log is that of its last run. */
function waitingAfter(status: Status): Ended {
  return status?.state?.waiting === undefined ? undefined : status.lastState?.terminated
}

type Status = NonNullable<NonNullable<Stored<'pods'>['status']>['containerStatuses']>[number] | undefined
type Ended = NonNullable<NonNullable<Status>['lastState']>['terminated'] | undefined

function lastRun(ended: NonNullable<Ended>, lines: readonly string[]): LogLine[] {
  const end = Date.parse(ended.finishedAt ?? '') || 0
  return lines.map((text, at) => ({ at: end - (lines.length - 1 - at) * 100, text }))
}

function livingLines(lines: readonly string[], since: number, now: number): LogLine[] {
  if (lines.length === 0) return []
  const written = Math.floor((now - since) / LINE_EVERY_MS) + 1
  const first = Math.max(0, written - MOST_LINES)
  return Array.from({ length: Math.max(0, written - first) }, (_, index) => {
    const at = first + index
    // What it says when it starts is said once.
    const text = at < lines.length ? lines[at] : lines[1 + ((at - 1) % Math.max(1, lines.length - 1))]
    return { at: since + at * LINE_EVERY_MS, text: text ?? lines[0] ?? '' }
  })
}

function imageOf({ spec }: Stored<'pods'>, container: string): string | undefined {
  return spec?.containers.find(({ name }) => name === container)?.image
}
