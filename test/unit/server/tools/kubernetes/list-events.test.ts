// Tests that the events of an object are found by its uids.
import { describe, expect, it } from 'vitest'
import { recentEvents } from '../../../../../src/server/tools/kubernetes/event-summary.ts'
import { issueFixture } from '../../../../support/cluster/issue-fixtures.ts'
import { loadObjects } from '../../../../support/cluster/load-objects.ts'
import { EMPTY, FULL_ACCESS, startTestCluster } from '../../../../support/cluster/test-cluster.ts'

const signal = new AbortController().signal

describe('recentEvents', () => {
  it.each([
    ['startup_probe_failing', 'web-6d9c7b8f5d-x7k2p'],
    ['startup_probe_failing.static', 'web-worker-1'],
  ])('finds the events of the pod in %s, under whatever uid the kubelet reports', async (fixture, name) => {
    const { api, kubeConfig } = await startTestCluster({
      scenario: { ...EMPTY, access: FULL_ACCESS },
      controllers: false,
    })
    await loadObjects(kubeConfig, issueFixture(fixture).objects, 'shop')
    const pod = await api.get('pods', { namespace: 'shop', name }, signal)

    const events = await recentEvents(api, 'shop', pod, signal)

    expect(events?.map(({ reason, object }) => [reason, object])).toEqual([
      ['Unhealthy', `Pod/${name}`],
      ['Killing', `Pod/${name}`],
    ])
  })

  it('returns no events for an object without a uid', async () => {
    const { api } = await startTestCluster({ scenario: EMPTY, controllers: false })
    expect(await recentEvents(api, 'shop', {}, signal)).toEqual([])
  })
})
