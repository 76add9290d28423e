// The scheduler's message in, why nodes were refused out, what concerns most nodes first.

export const SCHEDULING_CAUSES = [
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
/** A scheduler that does not name taints (from 1.34 on) may mean the control plane's: what else there is comes before it. */
const UNNAMED_TAINT = /untolerated taint\(s\)/

export interface SchedulingReason {
  readonly cause: SchedulingCause
  readonly nodes: number
}

/**
 * @example schedulingReasons('0/3 nodes are available: 2 Insufficient memory, 1 node(s) were unschedulable.')
 * // [{ cause: 'resources', nodes: 2 }, { cause: 'cordoned', nodes: 1 }]
 */
export function schedulingReasons(message: string): readonly SchedulingReason[] {
  const [head = ''] = message.split(/\bpreemption:/)
  const counted = [...head.matchAll(/(?:^|[\s,:])(\d{1,6}) ((?:node\(s\)|Insufficient|Too many)[^,]{0,200})/g)]
  const nodes = new Map<SchedulingCause, number>()
  const add = (cause: SchedulingCause, count: number) => void nodes.set(cause, (nodes.get(cause) ?? 0) + count)
  for (const [, count, text = ''] of counted) add(causeOf(text), CONTROL_PLANE.test(text) ? 0 : Number(count))
  const last = UNNAMED_TAINT.test(head) ? 'taint' : undefined
  // Before it looks at nodes the scheduler looks at the pod's claims, and then counts none.
  if (counted.length === 0) add(causeOf(head), 1)
  return [...nodes]
    .map(([cause, count]) => ({ cause, nodes: count }))
    .sort(
      (a, b) =>
        Number(a.cause === last) - Number(b.cause === last) ||
        b.nodes - a.nodes ||
        SCHEDULING_CAUSES.indexOf(a.cause) - SCHEDULING_CAUSES.indexOf(b.cause),
    )
}

function causeOf(text: string): SchedulingCause {
  return CAUSES.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other'
}
