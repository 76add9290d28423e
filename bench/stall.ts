// The event loop in, the longest time that it stood still out: how late a timer of 1 ms was at worst.

/** Starts to watch; the result stops it and returns milliseconds. */
export function watchStalls(): () => number {
  let longest = 0
  let last = performance.now()
  let timer: NodeJS.Timeout
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
    timer = setTimeout(look, 1)
  }
  timer = setTimeout(look, 1)
  return () => {
    clearTimeout(timer)
    return Math.max(longest, performance.now() - last - 1)
  }
}
