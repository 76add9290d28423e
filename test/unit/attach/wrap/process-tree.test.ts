// Tests what is measured of a process and of those that it started.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readTreeUsage } from '../../../../src/attach/wrap/process-tree.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

describe.runIf(process.platform === 'linux')('readTreeUsage', () => {
  it('adds the memory and CPU time of child processes', async () => {
    const burn = 'while (process.cpuUsage().user < 500_000); setInterval(() => {}, 1000)'
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(burn)}]); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['-e', parent], { stdio: 'ignore', detached: true })
    onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'))
    const pid = child.pid ?? 0

    const usage = await waitFor(() => {
      const found = readTreeUsage(pid)
      return found !== undefined && found.user > 0.45 && found.memory > 60e6 ? found : undefined
    })

    expect(usage.memory).toBeLessThan(1e9)
  })

  it('finds nothing of a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')

    expect(readTreeUsage(child.pid ?? 0)).toBeUndefined()
  })
})
