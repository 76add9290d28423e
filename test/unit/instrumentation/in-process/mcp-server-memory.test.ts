import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const CHURN = fileURLToPath(new URL('../../../support/servers/connection-churn.ts', import.meta.url))
const CONNECTIONS = 3000

test(`${CONNECTIONS} connections leave nothing behind, nor does the result of a call that is over`, async () => {
  // It ends by itself, or the time-out ends it and this rejects: no timer of ours may keep a process alive.
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', CHURN, `${CONNECTIONS}`], {
    timeout: 50_000,
  })

  const { byConnections, byResult, active } = JSON.parse(stdout)
  // One that stays is several kB; weak tables that grew once are not.
  expect(byConnections).toBeLessThan(CONNECTIONS * 500)
  expect(byResult).toBeLessThan(10_000)
  expect(active).toEqual({})
}, 60_000)
