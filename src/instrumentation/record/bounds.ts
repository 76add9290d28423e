// Attribute values in, values that a metric may carry out: what a closed list or a limit does not admit becomes `_OTHER`.
// The admitted values are kept for the life of the process and shared by all instruments, because a bound that starts
// again at every collection (as the SDK's does) is none under cumulative temporality.
import type { AttributeDefinition } from '../catalog/attributes.ts'
import { OTHER } from '../catalog/overflow.ts'
import { onLabelReset } from './label-state.ts'

/** Longer values are no identifiers: they are refused whole, since cut ones would collide. */
export const MAX_VALUE_LENGTH = 128

type AttributeValue = string | number

/** Decides, for one attribute, what is recorded of a value. Never throws, whatever it is given. */
type Bound = (value: unknown) => AttributeValue

const bounds = new WeakMap<AttributeDefinition, Bound>()

/** The one bound of an attribute definition. */
export function boundOf(definition: AttributeDefinition): Bound {
  let bound = bounds.get(definition)
  if (bound === undefined) {
    bound = createBound(definition)
    bounds.set(definition, bound)
  }
  return bound
}

function createBound(definition: AttributeDefinition): Bound {
  if ('range' in definition) {
    const [low, high] = definition.range
    return (value) =>
      Number.isInteger(value) && (value as number) >= low && (value as number) <= high ? (value as number) : OTHER
  }
  if ('values' in definition) {
    const closed: ReadonlySet<unknown> = new Set(definition.values)
    return (value) => (closed.has(value) ? (value as string) : OTHER)
  }
  const { limit } = definition
  const admitted = new Set<unknown>()
  onLabelReset(() => admitted.clear())
  return (value) => {
    // The catch-all itself is no value, and takes no place among them.
    if (value === OTHER || admitted.has(value)) return value as string
    if (admitted.size >= limit || !isPlainText(value)) return OTHER
    admitted.add(value)
    return value
  }
}

/**
 * Non-empty, of bounded length, well-formed and in one spelling (NFC): two values that look alike after encoding would
 * come out as one series written twice.
 */
function isPlainText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_VALUE_LENGTH &&
    value.isWellFormed() &&
    value.normalize('NFC') === value
  )
}
