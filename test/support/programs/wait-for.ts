/** Polls `probe` until it gives something true, and gives that; rejects with its last answer after `timeoutMs`. */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  timeoutMs = 20_000,
  what = 'the condition',
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await probe()
    if (found) return found
    if (performance.now() > deadline)
      throw new Error(`${what} did not hold within ${timeoutMs} ms (last: ${String(found)})`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
