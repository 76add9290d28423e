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

describe('diagnose', () => {
  it('asks for the log of the run before only if the finding is about it', () => {
    const argumentsOf = (name: string, status: object) =>
      findings(name, { status: { ...status } }).map(({ issue, next }) => [issue, next.arguments?.previous ?? false])
    const last = { terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-11-20T11:30:00Z' } }
    const container = (state: object) => ({
      containerStatuses: [
        { name: 'web', image: 'web:1', ready: false, started: true, restartCount: 1, state, lastState: last },
      ],
    })
    const running = container({ running: { startedAt: '2026-11-20T11:31:00Z' } })

    expect(argumentsOf('readiness_failing', running)).toEqual([
      ['container_exit_error', true],
      ['readiness_failing', false],
    ])
    expect(argumentsOf('crash_loop', container({ waiting: { reason: 'CrashLoopBackOff' } }))).toEqual([
      ['crash_loop', true],
    ])
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
