// Remembers what a few bounded values lead to, so that it is found once.
import { onLabelReset } from './label-state.ts'

type Key = string | undefined

/** Names that user code makes up for `trackTool` have no bound of their own. */
const MAX_ENTRIES = 5_000

interface Entry<V> {
  readonly b: Key
  readonly c: Key
  readonly d: Key
  readonly value: V
}

/**
 * The same as `make`, which is called once for each combination. Costs one look-up, of the value that tells most apart, and a look
 * at each combination of the others, of which there are few.
 */
export function remembered<V>(
  make: (a: string, b: Key, c: Key, d: Key) => V,
): (a: string, b?: Key, c?: Key, d?: Key) => V {
  const entries = new Map<string, Entry<V>[]>()
  let size = 0
  onLabelReset(() => {
    entries.clear()
    size = 0
  })
  return (a, b, c, d) => {
    const known = entries.get(a)
    if (known !== undefined) {
      for (let index = 0; index < known.length; index += 1) {
        const entry = known[index] as Entry<V>
        if (entry.b === b && entry.c === c && entry.d === d) return entry.value
      }
    }
    const value = make(a, b, c, d)
    if (size >= MAX_ENTRIES) return value
    size += 1
    const entry = { b, c, d, value }
    if (known === undefined) entries.set(a, [entry])
    else known.push(entry)
    return value
  }
}
