// Parses a scheduler message into reasons, the one that concerns most nodes first.

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
  ['resources', /insufficient|too many pods/i],
]

/** Where it stands for nearly every pod, and nearly never is why: it counts only if nothing else does. */
const CONTROL_PLANE = /node-role\.kubernetes\.io\/(control-plane|master)/
/** Since 1.34, the scheduler does not name the taint. It may be that of the control plane, so it ranks last. */
const UNNAMED_TAINT = /untolerated taint\(s\)/

interface SchedulingReason {
  readonly cause: SchedulingCause
  readonly nodes: number
}

interface Count {
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
  const add = (cause: SchedulingCause, nodes: number, weight: number) => {
    const before = counts.get(cause) ?? { nodes: 0, weight: 0 }
    counts.set(cause, { nodes: before.nodes + nodes, weight: before.weight + weight })
  }
  for (const [, count, text = ''] of counted) {
    const nodes = CONTROL_PLANE.test(text) ? 0 : Number(count)
    add(causeOf(text), nodes, UNNAMED_TAINT.test(text) ? 0 : nodes)
  }
  // Before it looks at nodes the scheduler looks at the pod's claims, and then counts none.
  if (counted.length === 0) add(causeOf(head), 1, 1)
  return [...counts]
    .sort(
      ([one, a], [other, b]) =>
        b.weight - a.weight || SCHEDULING_CAUSES.indexOf(one) - SCHEDULING_CAUSES.indexOf(other),
    )
    .map(([cause, { nodes }]) => ({ cause, nodes }))
}

function causeOf(text: string): SchedulingCause {
  return CAUSES.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other'
}
