// Bounds the attributes of one instrument: those of its definition, with values within their bounds, in a limited number of sets.
import type { Attributes } from '@opentelemetry/api'
import type { AttributeDefinition } from '../catalog/attributes.ts'
import { OVERFLOW_ATTRIBUTE, SERIES_LIMIT } from '../catalog/overflow.ts'
import { boundOf } from './bounds.ts'
import { onLabelReset } from './label-state.ts'

/** What is past the limit. */
export const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true })

/**
 * Bounded attribute sets, one frozen object for each, so that whoever receives them can know them by identity. Bounded
 * attributes can still multiply: past `SERIES_LIMIT` sets the rest is one overflow series, for the life of the process.
 */
export function boundedAttributes(
  definitions: readonly AttributeDefinition[],
  onOverflow: () => void,
): BoundedAttributes {
  const columns = definitions.map((attribute) => ({ key: attribute.key, bound: boundOf(attribute) }))
  // A step for each column: a key made of all values costs more to write and to hash than the SDK's whole measurement.
  const known: Node = { next: new Map(), set: undefined }
  let size = 0
  onLabelReset(() => {
    known.next.clear()
    known.set = undefined
    size = 0
  })
  const admit = (values: readonly (string | number | undefined)[]): Attributes => {
    if (size >= SERIES_LIMIT - 1) {
      onOverflow()
      return OVERFLOW
    }
    size += 1
    const set: Attributes = {}
    let node = known
    columns.forEach(({ key }, column) => {
      const value = values[column]
      if (value !== undefined) set[key] = value
      let next = node.next.get(value)
      if (next === undefined) {
        next = { next: new Map(), set: undefined }
        node.next.set(value, next)
      }
      node = next
    })
    node.set = Object.freeze(set)
    return set
  }
  const shared = (attributes: Record<string, unknown>) => {
    const values: (string | number | undefined)[] = []
    let node: Node | undefined = known
    for (const { key, bound } of columns) {
      const value = read(attributes, key)
      const bounded = value === undefined ? undefined : bound(value)
      values.push(bounded)
      node = node?.next.get(bounded)
    }
    return node?.set ?? admit(values)
  }
  const each = (attributes: Record<string, unknown>) => {
    const set: Attributes = {}
    for (const { key, bound } of columns) {
      const value = read(attributes, key)
      if (value !== undefined) set[key] = bound(value)
    }
    return set
  }
  return Object.assign(shared, { each })
}

interface BoundedAttributes {
  /** One object for each set. */
  (attributes: Record<string, unknown>): Attributes
  /** A new object each time, for a provider that knows sets by their content and has the limit itself. */
  each(attributes: Record<string, unknown>): Attributes
}

/** Attribute sets that begin with the same values. */
interface Node {
  readonly next: Map<string | number | undefined, Node>
  set: Attributes | undefined
}

/** A getter or a proxy of the caller's may throw: then the attribute is lost, not the measurement. */
function read(attributes: Record<string, unknown>, key: string): unknown {
  try {
    return attributes[key]
  } catch {
    return undefined
  }
}
