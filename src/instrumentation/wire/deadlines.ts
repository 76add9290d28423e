// Closes what waits too long. One timer for each length of time, and not one for each call: to join a set and leave it takes three
// quarters of the time that it takes to set, unref and clear a timer, and leaves the event loop one timer to look after.

export interface Waiting {
  /** When it began, by `performance.now()`. */
  readonly startedAt: number
  /** Called when its time is over. */
  expire(): void
}

export interface Deadline {
  /** Must be called as soon as it begins: those of one length expire in the order that they came. */
  add(waiting: Waiting): void
  delete(waiting: Waiting): void
  /** Those that wait, the oldest first. */
  readonly waiting: Iterable<Waiting>
}

const deadlines = new Map<number, Deadline>()

/** Lengths that programs make up are kept up to here; each is used by all servers of the process. */
const MAX_KEPT = 100

/** The deadline of this many milliseconds. It keeps no process alive. */
export function deadlineOf(ms: number): Deadline {
  const deadline = deadlines.get(ms) ?? createDeadline(ms)
  if (deadlines.size < MAX_KEPT) deadlines.set(ms, deadline)
  return deadline
}

/** All that waits in this process, by deadline. */
export function* allWaiting(): Generator<Waiting> {
  for (const { waiting } of deadlines.values()) yield* waiting
}

function createDeadline(ms: number): Deadline {
  const waiting = new Set<Waiting>()
  let timer: NodeJS.Timeout | undefined
  const wait = (delay: number) => {
    timer = setTimeout(look, delay).unref()
  }
  const look = () => {
    timer = undefined
    const now = performance.now()
    for (const one of waiting) {
      // A timer may be early by less than a millisecond.
      const left = one.startedAt + ms - now
      if (left >= 1) return wait(left)
      waiting.delete(one)
      one.expire()
    }
  }
  return {
    add(one) {
      waiting.add(one)
      if (timer === undefined) wait(ms)
    },
    delete: (one) => void waiting.delete(one),
    waiting,
  }
}
