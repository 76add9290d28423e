import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { diagnoseInTurns } from '../../../../src/server/kubernetes/diagnose-in-turns.ts'
import { diagnose } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Snapshot } from '../../../../src/server/kubernetes/diagnosis/snapshot.ts'

const NOW = Date.parse('2026-11-01T12:00:00Z')

function crashingPods(count: number): Snapshot {
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' }
  const pods = Array.from({ length: count }, (_, index) => ({
    metadata: { namespace: 'shop', name: `p-${index}`, uid: `u-${index}`, creationTimestamp: '2026-11-01T11:00:00Z' },
    spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'shop/app:1' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', ready: false, restartCount: 9, state: { waiting } }],
    },
  }))
  return { objects: { Pod: pods as never } }
}

describe('diagnoseInTurns', () => {
  it('returns the same diagnosis as diagnose, and yields to the event loop while it runs', async () => {
    const snapshot = crashingPods(5_000)
    let turns = 0
    let over = false
    const diagnosed = diagnoseInTurns(snapshot, NOW).finally(() => {
      over = true
    })
    while (!over) {
      await nextTurn()
      turns += 1
    }

    expect(await diagnosed).toEqual(diagnose(snapshot, NOW))
    expect((await diagnosed).pods).toHaveLength(5_000)
    expect(turns).toBeGreaterThan(3)
  })

  it('stops and rejects with the abort reason when its signal aborts', async () => {
    const reason = new Error('the client hung up')
    const controller = new AbortController()
    const diagnosed = diagnoseInTurns(crashingPods(5_000), NOW, controller.signal)
    await nextTurn()
    controller.abort(reason)

    await expect(diagnosed).rejects.toBe(reason)
  })
})
