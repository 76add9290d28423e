// Chooses the calls for test traffic: mostly good ones, and some of each kind of failure, in fixed shares and order, so that
// runs look the same on a dashboard.

export interface PlannedCall {
  readonly kind:
    | 'good'
    | 'cluster'
    | 'missing object'
    | 'bad arguments'
    | 'unknown tool'
    | 'slow'
    | 'failing'
    | 'cancelled'
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Milliseconds after which the client cancels it. */
  readonly cancelAfterMs?: number
}

const NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Alan', 'Margaret', 'Dennis']
const LANGUAGES = ['en', 'es', 'fr', 'de', 'ja']
const FAILURES = ['unavailable', 'not_found', 'forbidden', 'conflict', 'refused', 'bug']

/** Questions to the cluster that need no answer of another first, asked in turn. */
const QUESTIONS: readonly Pick<PlannedCall, 'tool' | 'arguments'>[] = [
  { tool: 'list_namespaces', arguments: {} },
  { tool: 'list_pods', arguments: {} },
  { tool: 'list_workloads', arguments: { only_unhealthy: true } },
  { tool: 'list_pods', arguments: { only_unhealthy: true } },
  { tool: 'list_events', arguments: { type: 'Warning' } },
  { tool: 'list_nodes', arguments: {} },
]

/** Questions about a pod or its namespace, asked in turn. */
const ABOUT_A_POD: readonly ((pod: SeenPod) => Pick<PlannedCall, 'tool' | 'arguments'>)[] = [
  ({ namespace, name }) => ({ tool: 'get_pod', arguments: { namespace, name } }),
  ({ namespace, name }) => ({ tool: 'diagnose_pod', arguments: { namespace, name } }),
  ({ namespace, name }) => ({ tool: 'get_logs', arguments: { namespace, pod: name, tail_lines: 20 } }),
  ({ namespace }) => ({ tool: 'diagnose_namespace', arguments: { namespace } }),
]

/** One letter a call: good, about the cluster, about one of its pods, bad arguments, unknown tool, missing object, slow, failing, cancelled. */
const CYCLE = 'gkpsgkpbgkfgkpcgkugsmkpbgkfgkp'

/** An object that the server itself named. */
export interface SeenPod {
  readonly namespace: string
  readonly name: string
}

/**
 * The calls, without end. Kinds whose tool the server does not offer are replaced by good ones, as are questions about a pod
 * before `pods` has any.
 */
export function* plannedCalls(
  tools: ReadonlySet<string>,
  pods: readonly SeenPod[] = [],
): Generator<PlannedCall, never> {
  const times = new Map<string, number>()
  for (let turn = 0; ; turn++) {
    const letter = CYCLE[turn % CYCLE.length] ?? 'g'
    const time = times.get(letter) ?? 0
    times.set(letter, time + 1)
    yield planned(letter, { turn, time, tools, pods })
  }
}

/** Learns from an answer which pods there are to ask about. */
export function notePods(pods: SeenPod[], { tool }: PlannedCall, answer: unknown): void {
  const { pods: listed } = (answer ?? {}) as { pods?: unknown }
  if (tool !== 'list_pods' || !Array.isArray(listed) || listed.length === 0) return
  pods.splice(
    0,
    pods.length,
    ...listed.slice(0, MOST_PODS).map(({ namespace, name }: SeenPod) => ({ namespace, name })),
  )
}

const MOST_PODS = 50

interface Turn {
  readonly turn: number
  /** How often this letter came before. */
  readonly time: number
  readonly tools: ReadonlySet<string>
  readonly pods: readonly SeenPod[]
}

function planned(letter: string, { turn, time, tools, pods }: Turn): PlannedCall {
  switch (letter) {
    case 'k': {
      const question = QUESTIONS[time % QUESTIONS.length]
      if (question === undefined || !tools.has(question.tool)) break
      return { kind: 'cluster', ...question }
    }
    case 'p': {
      const pod = pods[time % Math.max(1, pods.length)]
      const ask = ABOUT_A_POD[time % ABOUT_A_POD.length]
      if (pod === undefined || ask === undefined) break
      const question = ask(pod)
      if (!tools.has(question.tool)) break
      return { kind: 'cluster', ...question }
    }
    case 'm':
      if (!tools.has('get_pod')) break
      return { kind: 'missing object', tool: 'get_pod', arguments: { namespace: 'default', name: 'no-such-pod' } }
    case 'b':
      return { kind: 'bad arguments', tool: 'hello_world', arguments: { name: '', language: 'tlh' } }
    case 'u':
      return { kind: 'unknown tool', tool: `hallucinated_tool_${turn}`, arguments: {} }
    case 's':
      if (!tools.has('demo_slow')) break
      return { kind: 'slow', tool: 'demo_slow', arguments: { seconds: [0.3, 0.8, 1.5, 3][turn % 4] } }
    case 'f':
      if (!tools.has('demo_fail')) break
      return {
        kind: 'failing',
        tool: 'demo_fail',
        arguments: { kind: FAILURES[time % FAILURES.length] },
      }
    case 'c':
      if (!tools.has('demo_slow')) break
      return { kind: 'cancelled', tool: 'demo_slow', arguments: { seconds: 5 }, cancelAfterMs: 200 }
  }
  const name = NAMES[turn % NAMES.length]
  return { kind: 'good', tool: 'hello_world', arguments: { name, language: LANGUAGES[turn % LANGUAGES.length] } }
}
