// One mark for all copies of this package in a process: what one copy instruments, another leaves alone.

const KEY = Symbol.for('mcp-vitals.instrumented')

/** True for the first copy that asks for `target`. A WeakSet, so that frozen objects can be marked too. */
export function claim(target: object): boolean {
  const shared = globalThis as { [KEY]?: WeakSet<object> }
  shared[KEY] ??= new WeakSet()
  if (shared[KEY].has(target)) return false
  shared[KEY].add(target)
  return true
}
