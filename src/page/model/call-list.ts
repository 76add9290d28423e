// The latest calls of one server that are worth a look: the failed ones and the slow ones outlive the others.

export interface PageCall {
  /** When it came in, in milliseconds since the epoch. */
  readonly at: number
  readonly seconds: number
  readonly tool: string
  readonly status: string
  readonly errorType?: string | undefined
  readonly client?: string | undefined
  readonly protocolVersion?: string | undefined
  readonly traceId?: string | undefined
}

/** 300 failed calls and 300 others, of at most 1 kB each: 600 kB. */
const MOST_OF_A_KIND = 300
/** Calls that one step tells: of more, the failed and the slowest ones. */
const MOST_IN_A_STEP = 100

export interface CallList {
  /** Keeps the calls, and returns those to tell. */
  add(calls: readonly PageCall[]): readonly PageCall[]
  all(): readonly PageCall[]
}

export function createCallList(): CallList {
  let failed: PageCall[] = []
  let others: PageCall[] = []
  return {
    add(calls) {
      const chosen = calls.length <= MOST_IN_A_STEP ? calls : worst(calls)
      failed = [...failed, ...chosen.filter(isFailed)].slice(-MOST_OF_A_KIND)
      others = [...others, ...chosen.filter((call) => !isFailed(call))].slice(-MOST_OF_A_KIND)
      return chosen
    },
    all: () => [...failed, ...others].sort((a, b) => a.at - b.at),
  }
}

function isFailed({ status }: PageCall): boolean {
  return status === 'error'
}

function worst(calls: readonly PageCall[]): PageCall[] {
  return calls
    .toSorted((a, b) => Number(isFailed(b)) - Number(isFailed(a)) || b.seconds - a.seconds)
    .slice(0, MOST_IN_A_STEP)
    .sort((a, b) => a.at - b.at)
}
