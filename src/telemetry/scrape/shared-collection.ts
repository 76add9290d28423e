// A way to collect metrics in, one that is shared and ends out: scrapes that overlap get one collection, so that two
// Prometheus replicas cost what one does, and a collection that never ends holds up those who wait for it only so long.

/**
 * @param timeoutMs Milliseconds after which who waits is rejected, and the next one starts anew.
 * @example const collect = sharedCollection(() => reader.collect({ timeoutMillis: 5_000 }), 6_000)
 */
export function sharedCollection<T>(collect: () => Promise<T>, timeoutMs: number): () => Promise<T> {
  let current: Promise<T> | undefined
  return () => {
    current ??= ending(collect, timeoutMs).finally(() => {
      current = undefined
    })
    return current
  }
}

async function ending<T>(collect: () => Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the collection did not end within ${timeoutMs} ms`)), timeoutMs)
    timer.unref()
  })
  try {
    return await Promise.race([collect(), late])
  } finally {
    clearTimeout(timer)
  }
}
