// Closes what waits too long. One timer for each length of time, and not one for each call. Those that wait are a linked list, which
// joining and leaving costs a few nanoseconds; a timer for each call would cost 1 µs.

export interface Waiting {
  /** When it began, by `performance.now()`. */
  readonly startedAt: number
  /** Called when its time is over. */
  expire(): void
  /** Its neighbors in the list, kept by the deadline. */
  earlier?: Waiting | undefined
  later?: Waiting | undefined
}

export interface Deadline {
  /** Must be called as soon as it begins: those of one length expire in the order that they came. */
  add(waiting: Waiting): void
  delete(waiting: Waiting): void
  /** All that wait, the oldest first. */
  all(): Waiting[]
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

/** All that wait for a deadline now. */
export function waitingNow(): Waiting[] {
  return [...deadlines.values()].flatMap((deadline) => deadline.all())
}

function createDeadline(ms: number): Deadline {
  let first: Waiting | undefined
  let last: Waiting | undefined
  let timer: NodeJS.Timeout | undefined
  const wait = (delay: number) => {
    timer = setTimeout(look, delay).unref()
  }
  const look = () => {
    timer = undefined
    const now = performance.now()
    while (first !== undefined) {
      const one = first
      // A timer may be early by less than a millisecond.
      const left = one.startedAt + ms - now
      if (left >= 1) return wait(left)
      remove(one)
      one.expire()
    }
  }
  const remove = (one: Waiting) => {
    const { earlier, later } = one
    if (earlier === undefined && first !== one) return
    if (earlier === undefined) first = later
    else earlier.later = later
    if (later === undefined) last = earlier
    else later.earlier = earlier
    one.earlier = undefined
    one.later = undefined
  }
  return {
    add(one) {
      one.earlier = last
      if (last === undefined) first = one
      else last.later = one
      last = one
      if (timer === undefined) wait(ms)
    },
    delete: remove,
    all() {
      const all: Waiting[] = []
      for (let one = first; one !== undefined; one = one.later) all.push(one)
      return all
    },
  }
}
