import { afterEach, describe, expect, it } from 'vitest'
import { liveTasks } from '../support/servers/live-tasks.ts'
import type { OutcomeProcess } from '../support/servers/start-outcome-process.ts'
import { overHttp, overStdio } from '../support/servers/start-outcome-process.ts'
import { expectedTaskCalls, expectedTasks, TASK_KINDS } from '../support/servers/task-kinds.ts'

/** A tenth of what test/real has. */
const LIVES = 100

const started: OutcomeProcess[] = []
afterEach(async () => {
  for (const { stop } of started.splice(0)) expect(await stop()).toBe(0)
})

describe('instrumentMcpServer', () => {
  it.each([
    { transport: 'stdio', start: overStdio },
    { transport: 'HTTP', start: overHttp },
  ])(
    `counts the end of ${LIVES} tasks of each of ${TASK_KINDS.length} kinds by status over $transport, and leaves none active`,
    async ({ start }) => {
      const running = await start('tasks')
      started.push(running)

      const { ended, calls } = await liveTasks(running, LIVES)

      expect(ended).toEqual(expectedTasks(LIVES))
      expect(calls).toEqual(expectedTaskCalls(LIVES))
    },
    900_000,
  )
})
