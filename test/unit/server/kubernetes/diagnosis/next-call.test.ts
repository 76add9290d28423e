import { describe, expect, it } from 'vitest'
import { cleanMessage } from '../../../../../src/server/kubernetes/diagnosis/clean-message.ts'
import { nextCall } from '../../../../../src/server/kubernetes/diagnosis/next-call.ts'
import { findings } from '../../../../support/cluster/changed-fixture.ts'

const object = { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u' }

describe('nextCall', () => {
  it('gives the arguments of the tool, and the command for people', () => {
    const subject = { object, container: 'web', previous: true }
    expect(nextCall({ tool: 'get_logs', text: '' }, subject)).toEqual({
      arguments: { namespace: 'shop', pod: 'web-1', container: 'web', previous: true },
      kubectl: 'kubectl -n shop logs web-1 -c web --previous --tail=100',
    })
    expect(nextCall({ tool: 'get_workload', text: '' }, { object, owner: 'StatefulSet/web', previous: false })).toEqual(
      {
        arguments: { kind: 'StatefulSet', namespace: 'shop', name: 'web' },
        kubectl: 'kubectl -n shop describe statefulset web',
      },
    )
  })

  it('puts no name into a command that the API would not take', () => {
    for (const name of ['web; rm -rf /', '$(x)', '-o', '[masked]', '']) {
      expect(nextCall({ tool: 'get_pod', text: '' }, { object: { ...object, name }, previous: false })).toBeUndefined()
    }
  })
})

describe('cleanMessage', () => {
  it('keeps head and tail of a long message, and drops what gRPC wraps around an error', () => {
    const cleaned = cleanMessage(`Failed to pull: rpc error: code = Unknown desc = ${'layer '.repeat(99)}disk is full`)
    expect(cleaned).toMatch(/^Failed to pull: layer .*….*disk is full$/)
    expect([...cleaned]).toHaveLength(240)
    expect(cleanMessage('rpc error: code = NotFound desc = no such image')).toBe('no such image')
  })
})

describe('diagnose', () => {
  it('says since when a finding holds, and what to call', () => {
    const [finding] = findings('sandbox_failed', {
      events: [{ reason: 'FailedCreatePodSandBox', minutes: 1, first: 14, count: 9 }],
    })
    expect(finding).toMatchObject({ issue: 'sandbox_failed', since: '2026-11-20T11:46:00.000Z' })
    expect(finding?.next).toMatchObject({ tool: 'list_nodes', kubectl: 'kubectl get nodes -o wide' })
  })
})
