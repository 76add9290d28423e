// Lives the tasks of each kind on a server process, and returns what its series then are.
import { waitFor } from '../programs/wait-for.ts'
import { parseSamples } from '../telemetry/recorded-series.ts'
import type { OutcomeProcess } from './start-outcome-process.ts'
import { liveOnce, TASK_KINDS } from './task-kinds.ts'

/** Tasks at the same time. */
const BATCH = 100

interface LivedTasks {
  readonly ended: Readonly<Record<string, number>>
  readonly calls: Readonly<Record<string, number>>
}

/** @param lives Of each kind; a multiple of 100. */
export async function liveTasks({ client, metricsUrl }: OutcomeProcess, lives: number): Promise<LivedTasks> {
  const nonZero = async (name: string) =>
    Object.fromEntries(
      [...parseSamples(await (await fetch(metricsUrl)).text())].filter(
        ([sample, value]) => sample.startsWith(`${name}{`) && value !== 0,
      ),
    )
  await client.listTools()
  for (const kind of TASK_KINDS) {
    for (let lived = 0; lived < lives; lived += BATCH)
      await Promise.all(Array.from({ length: BATCH }, () => liveOnce(client, kind)))
  }
  await waitFor(async () => Object.keys(await nonZero('mcp_active_tasks')).length === 0)
  return { ended: await nonZero('mcp_tasks_total'), calls: await nonZero('mcp_tool_calls_total') }
}
