// Remembers what a few bounded values lead to, so that it is found once.
import { onLabelReset } from './label-state.ts'

type Key = string | undefined

/** Names that user code makes up for `trackTool` have no bound of their own. */
const MAX_ENTRIES = 5_000

/** The same as `make`, which is called once for each combination. Costs three look-ups, 40 ns. */
export function remembered<V>(make: (a: Key, b: Key, c: Key) => V): (a: Key, b?: Key, c?: Key) => V {
  const entries = new Map<Key, Map<Key, Map<Key, V>>>()
  let size = 0
  onLabelReset(() => {
    entries.clear()
    size = 0
  })
  return (a, b, c) => {
    const known = entries.get(a)?.get(b)?.get(c)
    if (known !== undefined) return known
    const made = make(a, b, c)
    if (size >= MAX_ENTRIES) return made
    size += 1
    const second = entries.get(a) ?? new Map<Key, Map<Key, V>>()
    const third = second.get(b) ?? new Map<Key, V>()
    third.set(c, made)
    second.set(b, third)
    entries.set(a, second)
    return made
  }
}
