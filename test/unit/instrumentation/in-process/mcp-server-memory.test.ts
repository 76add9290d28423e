import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const CHURN = fileURLToPath(new URL('../../../support/servers/connection-churn.ts', import.meta.url))
const CONNECTIONS = 3000

describe('instrumentMcpServer', () => {
  it(`releases ${CONNECTIONS} connections and past results, leaves no call active, and lets Node exit`, async () => {
    // The process must exit without help: if a timer keeps it alive, the timeout kills it and this rejects.
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', CHURN, `${CONNECTIONS}`], {
      timeout: 50_000,
    })

    const { byConnections, byResult, active } = JSON.parse(stdout)
    // A leaked connection takes several kB. The one-time growth of weak tables takes less.
    expect(byConnections).toBeLessThan(CONNECTIONS * 500)
    expect(byResult).toBeLessThan(10_000)
    expect(active).toEqual({})
  }, 60_000)
})
