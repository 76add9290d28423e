// The tools that a server lists in, the calls to make to it out: most of them good, some bad in each way that a call can
// be. Fixed shares in a fixed order, so that two runs of one length look the same on a dashboard.

export interface PlannedCall {
  readonly kind: 'good' | 'bad arguments' | 'unknown tool' | 'slow' | 'failing' | 'cancelled'
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Milliseconds after which the client cancels it. */
  readonly cancelAfterMs?: number
}

const NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Alan', 'Margaret', 'Dennis']
const LANGUAGES = ['en', 'es', 'fr', 'de', 'ja']
const FAILURES = ['unavailable', 'not_found', 'forbidden', 'conflict', 'refused', 'bug']

/** One letter a call: good, bad arguments, unknown tool, slow, failing, cancelled. */
const CYCLE = 'gggsgggbggfgggcggugsgggbggfggg'

/** The calls, without end. Kinds whose tool the server does not offer are replaced by good ones. */
export function* plannedCalls(tools: ReadonlySet<string>): Generator<PlannedCall, never> {
  for (let turn = 0, failures = 0; ; turn++) {
    const letter = CYCLE[turn % CYCLE.length] ?? 'g'
    if (letter === 'f') failures += 1
    yield planned(letter, turn, failures, tools)
  }
}

function planned(letter: string, turn: number, failures: number, tools: ReadonlySet<string>): PlannedCall {
  switch (letter) {
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
        arguments: { kind: FAILURES[failures % FAILURES.length] },
      }
    case 'c':
      if (!tools.has('demo_slow')) break
      return { kind: 'cancelled', tool: 'demo_slow', arguments: { seconds: 5 }, cancelAfterMs: 200 }
  }
  const name = NAMES[turn % NAMES.length]
  return { kind: 'good', tool: 'hello_world', arguments: { name, language: LANGUAGES[turn % LANGUAGES.length] } }
}
