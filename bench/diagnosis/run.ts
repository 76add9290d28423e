// Prints how many cases of the corpus are diagnosed right, wrong, not at all, and how many healthy pods are reported.
import { diagnose } from '../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Snapshot } from '../../src/server/kubernetes/diagnosis/snapshot.ts'
import { PULLS, UNSCHEDULED } from './corpus.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()

function issueOf(spec: object, status: object): string {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', creationTimestamp: ago(30) }
  const snapshot = { objects: { Pod: [{ metadata, spec, status }] } } as unknown as Snapshot
  return diagnose(snapshot, NOW).findings[0]?.issue ?? 'none'
}

const container = (state: object, ready = false) => [{ name: 'c', image: 'r/web:1', ready, restartCount: 0, state }]
const scheduled = (message: string) => [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }]
const onNode = { nodeName: 'n1', containers: [{ name: 'c' }] }

const faults = [
  ...PULLS.map(({ right, message }) => ({
    ...{ right, message },
    found: issueOf(onNode, {
      phase: 'Pending',
      containerStatuses: container({ waiting: { reason: 'ErrImagePull', message } }),
    }),
  })),
  ...UNSCHEDULED.map(({ right, message }) => ({
    ...{ right, message },
    found: issueOf({ containers: [] }, { phase: 'Pending', conditions: scheduled(message) }),
  })),
]
const healthy = [1, 5, 60, 600].map((minutes) =>
  issueOf(onNode, { phase: 'Running', containerStatuses: container({ running: { startedAt: ago(minutes) } }, true) }),
)
const young = [0.1, 1, 4].map((minutes) =>
  issueOf(onNode, {
    ...{ phase: 'Pending', startTime: ago(minutes) },
    containerStatuses: container({ waiting: { reason: 'ContainerCreating' } }),
  }),
)

const right = faults.filter((one) => one.found === one.right)
const missed = faults.filter((one) => one.found === 'none')
const wrong = faults.filter((one) => one.found !== 'none' && one.found !== one.right)
const alarms = (found: readonly string[]) => `${found.filter((issue) => issue !== 'none').length} of ${found.length}`

console.log(`Of ${faults.length} faults: ${right.length} right, ${wrong.length} wrong, ${missed.length} missed.`)
console.log(`False alarms: ${alarms(healthy)} healthy pods, ${alarms(young)} young pods.`)
for (const one of [...wrong, ...missed]) console.log(`expected ${one.right}, found ${one.found}: ${one.message}`)
