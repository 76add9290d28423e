// Tests the bound of texts that enter from a cluster.
import { describe, expect, it } from 'vitest'
import { boundText } from '../../../../src/server/kubernetes/bound-text.ts'

const LONG = ','.repeat(64_000)

describe('boundText', () => {
  it('cuts the message of an event and every text of a status to 4,096 characters', () => {
    const event = boundText({ message: LONG, note: LONG, reason: 'Failed', count: 3 })
    expect([event.message.length, event.note.length, event.reason, event.count]).toEqual([4_096, 4_096, 'Failed', 3])
    const pod = boundText({
      status: { message: LONG, containerStatuses: [{ state: { waiting: { message: LONG, reason: 'ErrImagePull' } } }] },
    })
    expect(pod.status.message).toHaveLength(4_096)
    expect(pod.status.containerStatuses[0]?.state.waiting).toEqual({
      message: LONG.slice(0, 4_096),
      reason: 'ErrImagePull',
    })
  })

  it('leaves a spec as it is, and dates dates', () => {
    const startTime = new Date(0)
    const kept = boundText({ spec: { command: [LONG] }, status: { startTime } })
    expect(kept).toEqual({ spec: { command: [LONG] }, status: { startTime } })
  })

  it('cuts between characters', () => {
    expect(boundText({ message: `${'a'.repeat(4_095)}😀` }).message.isWellFormed()).toBe(true)
  })
})
