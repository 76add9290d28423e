// A cluster in, its Deployments as a watch knows them out: which there are, in what state the watch is, and what trouble it had.
import { onTestFinished } from 'vitest'
import { atOnce } from '../../../src/server/kubernetes/at-once.ts'
import type { WatchKindOptions, WatchState } from '../../../src/server/kubernetes/watch-kind.ts'
import { watchKind } from '../../../src/server/kubernetes/watch-kind.ts'
import { waitFor } from '../programs/wait-for.ts'
import type { TestCluster } from './test-cluster.ts'

/** Of attempts after trouble: far quicker than the server's own. */
export const PACE = { firstMs: 20, mostMs: 100, leftOutMs: 100 }

/** Follows the Deployments until the test ends, and counts what it asks for. */
export function followKind(cluster: TestCluster, options: Partial<WatchKindOptions<'Deployment'>> = {}) {
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  const states: WatchState[] = []
  const troubles: string[] = []
  let asked = 0
  const { list, watch } = options.api ?? cluster.api
  const counted: WatchKindOptions<'Deployment'>['api'] = {
    list(...args) {
      asked += 1
      return list(...args)
    },
    watch(...args) {
      asked += 1
      return watch(...args)
    },
  }
  const watched = watchKind({
    kind: 'Deployment',
    namespace: undefined,
    lists: atOnce(4),
    signal: ending.signal,
    onChange: () => {
      if (states.at(-1) !== watched.state) states.push(watched.state)
    },
    onTrouble: (_, __, error) => troubles.push(String(error)),
    pace: PACE,
    room: () => 50_000,
    ...options,
    api: counted,
  })
  const names = () => [...watched.objects()].map(({ metadata }) => metadata?.name).sort()
  const until = (state: WatchState) => waitFor(() => watched.state === state, 5_000, state)
  /** So many more requests have been made. */
  const untilAskedAgain = (times: number) => {
    const before = asked
    return waitFor(() => asked >= before + times, 10_000, `${times} more requests`)
  }
  return { watched, names, until, untilAskedAgain, states, troubles }
}

/** Of those that the cluster really has. */
export const deploymentNames = ({ store }: TestCluster) =>
  store
    .list('deployments')
    .map(({ metadata }) => metadata.name)
    .sort()

/** In `shop`, with an annotation that nobody needs. */
export function createDeployment({ store }: TestCluster, name: string): void {
  store.create('deployments', {
    metadata: { name, namespace: 'shop', annotations: { canary: 'x' } },
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: {} },
  } as never)
}
