// The event loop in, the longest time that it stood still out: how late a timer of 1 ms was at worst.

export interface Stall {
  /** By the clock: also while another process had the core. */
  readonly milliseconds: number
  /** Of the longest stretch between two turns, as CPU time of this thread: what it did itself. */
  readonly cpuMilliseconds: number
}

/** Starts to watch; the result stops it. */
export function watchStalls(): () => Stall {
  let longest = 0
  let busiest = 0
  let last = performance.now()
  let used = cpuMilliseconds()
  let timer: NodeJS.Timeout
  const measure = () => {
    const now = performance.now()
    const usedNow = cpuMilliseconds()
    longest = Math.max(longest, now - last - 1)
    busiest = Math.max(busiest, usedNow - used)
    last = now
    used = usedNow
  }
  const look = () => {
    measure()
    timer = setTimeout(look, 1)
  }
  timer = setTimeout(look, 1)
  return () => {
    clearTimeout(timer)
    measure()
    return { milliseconds: longest, cpuMilliseconds: busiest }
  }
}

function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e3
}
