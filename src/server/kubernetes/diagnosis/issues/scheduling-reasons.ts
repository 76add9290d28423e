// Reads from the scheduler's message why nodes were refused; what keeps the pod from the nodes that come closest is first.

const SCHEDULING_CAUSES = [
  'resources',
  'taint',
  'affinity',
  'topology',
  'ports',
  'volume',
  'cordoned',
  'other',
] as const
export type SchedulingCause = (typeof SCHEDULING_CAUSES)[number]

const CAUSES: readonly (readonly [SchedulingCause, RegExp])[] = [
  ['volume', /volume|persistentvolumeclaim/i],
  ['topology', /topology spread/i],
  ['affinity', /affinity|node selector|nodeselector/i],
  ['taint', /taint/i],
  ['ports', /free ports/i],
  ['cordoned', /unschedulable/i],
  ['resources', /insufficient|too many pods|cannot allocate all claims/i],
]

/** Where it stands for nearly every pod, and nearly never is why: it counts only if nothing else does. */
const CONTROL_PLANE = /node-role\.kubernetes\.io\/(control-plane|master)/
/** Since 1.34, the scheduler does not name the taint. It may be that of the control plane, so it ranks last. */
const UNNAMED_TAINT = /untolerated taint\(s\)/

interface SchedulingReason {
  readonly cause: SchedulingCause
  readonly nodes: number
}

/**
 * A scheduler filters in order: a node that lacks room, or does not suit a volume, has passed what comes before. Of the last
 * ones to filter most nodes win; taints and cordons come after them, and a selector that other nodes do not match is nearly
 * always meant so.
 */
const EARLY: Readonly<Partial<Record<SchedulingCause, number>>> = { taint: 1, cordoned: 1, affinity: 2 }
const BETWEEN_PODS = /pod (anti-)?affinity|existing pods/i

interface Count {
  /** Of its filters the one that comes last: 0 for what real candidates are refused for. */
  readonly rank: number
  /** For how many nodes it was said. */
  readonly nodes: number
  /** For how many of them it may be why. */
  readonly weight: number
}

/**
 * @example schedulingReasons('0/3 nodes are available: 2 Insufficient memory, 1 node(s) were unschedulable.')
 * // [{ cause: 'resources', nodes: 2 }, { cause: 'cordoned', nodes: 1 }]
 */
export function schedulingReasons(message: string): readonly SchedulingReason[] {
  const [head = ''] = message.split(/\bpreemption:/)
  const counted = [...head.matchAll(/(?:^|[\s,:])(\d{1,6}) ((?:node\(s\)|Insufficient|Too many)[^,]{0,200})/g)]
  const counts = new Map<SchedulingCause, Count>()
  const add = (cause: SchedulingCause, nodes: number, weight: number, rank: number) => {
    const before = counts.get(cause) ?? { nodes: 0, weight: 0, rank }
    const total = { nodes: before.nodes + nodes, weight: before.weight + weight, rank: Math.min(rank, before.rank) }
    counts.set(cause, total)
  }
  for (const [, count, text = ''] of counted) {
    const nodes = CONTROL_PLANE.test(text) ? 0 : Number(count)
    const cause = causeOf(text)
    const weight = UNNAMED_TAINT.test(text) ? 0 : nodes
    // What weighs nothing comes after everything else.
    add(cause, nodes, weight, weight === 0 ? 3 : BETWEEN_PODS.test(text) ? 0 : (EARLY[cause] ?? 0))
  }
  // Before it looks at nodes the scheduler looks at the pod's claims, and then counts none.
  if (counted.length === 0) add(causeOf(head), 1, 1, 0)
  return [...counts]
    .sort(
      ([one, a], [other, b]) =>
        a.rank - b.rank || b.weight - a.weight || SCHEDULING_CAUSES.indexOf(one) - SCHEDULING_CAUSES.indexOf(other),
    )
    .map(([cause, { nodes }]) => ({ cause, nodes }))
}

function causeOf(text: string): SchedulingCause {
  return CAUSES.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other'
}

/** What no node has enough of, in words of ours: the names of other resources are not repeated. */
export function lackingResources(message: string): readonly string[] {
  const names = [...message.matchAll(/Insufficient ([\w./-]{0,99}\w)/g)].map(([, name = '']) => name)
  const words = names.map((name) => RESOURCES.get(name) ?? 'an extended resource such as a GPU')
  return [...new Set([...words, ...(/Too many pods/.test(message) ? ['room for another pod'] : [])])]
}

const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['cpu', 'CPU'],
  ['memory', 'memory'],
  ['ephemeral-storage', 'ephemeral storage'],
  ['pods', 'room for another pod'],
])
