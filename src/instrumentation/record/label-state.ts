// Label values are admitted for the life of the process. This forgets them, for tests that start many servers in one process.

const resets = new Set<() => void>()

/** Registers how to forget what a module has admitted. */
export function onLabelReset(reset: () => void): void {
  resets.add(reset)
}

/**
 * Forgets every tool, prompt, server, cache and other label value of this process, as if it had just started. For tests only: series
 * that a meter provider holds already stay, and a running server's calls may count under `_OTHER` until it lists its tools again.
 */
export function resetLabels(): void {
  for (const reset of resets) reset()
}
