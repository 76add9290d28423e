import { expect, test } from 'vitest'
import { FULL_ACCESS } from '../../../../../src/server/simulated/access-rules.ts'
import { recentEvents } from '../../../../../src/server/tools/kubernetes/event-summary.ts'
import { issueFixture } from '../../../../support/cluster/issue-fixtures.ts'
import { loadObjects } from '../../../../support/cluster/load-objects.ts'
import { EMPTY, startTestCluster } from '../../../../support/cluster/test-cluster.ts'

const signal = new AbortController().signal

test.each([
  ['startup_probe_failing', 'web-6d9c7b8f5d-x7k2p'],
  ['startup_probe_failing.static', 'web-worker-1'],
])('%s: the events of the pod are found, under whatever uid its kubelet knows it by', async (fixture, name) => {
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

test('of an object without a uid there are none', async () => {
  const { api } = await startTestCluster({ scenario: EMPTY, controllers: false })
  expect(await recentEvents(api, 'shop', {}, signal)).toEqual([])
})
