// Clean attributes in, the set to record under out: of at most so many sets in the life of the process. The SDK's own
// limit starts again with each collection, which bounds nothing where totals are cumulative.

import { OVERFLOW_ATTRIBUTE, SERIES_LIMIT } from '@mcp-vitals/instrumentation'
import type { Attributes, Context } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { createAllowListAttributesProcessor, createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { cleanAttributes, contentId, labelsId } from './clean-attributes.ts'

/** The set that takes what the bound refused. */
export const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true })

export interface SeriesBound {
  /** The set to record under: always the same frozen object for the same labels. Never throws. */
  admit(attributes: unknown, active: Context): Attributes
  /** The same for attributes that are clean already. */
  admitClean(attributes: Attributes, active: Context): Attributes
  /** How many series there are, the overflow series included. */
  readonly size: number
}

interface SeriesBoundOptions {
  /** What the stream's view does to attributes: only what is left after it can make a series. */
  readonly processors: readonly IAttributesProcessor[]
  /** How many series there may be, the overflow series included. @default SERIES_LIMIT */
  readonly limit?: number | undefined
  readonly onOverflow: () => void
}

export function createSeriesBound({ processors, limit = SERIES_LIMIT, onOverflow }: SeriesBoundOptions): SeriesBound {
  const byLabels = new Map<string, Attributes>()
  // The catalog's instruments pass one frozen object for each set: it is looked at once.
  const byIdentity = new WeakMap<object, Attributes>()
  // Others make a new one each time, most often with the same content in the same order.
  const byContent = new Map<string, Attributes>()
  const remembers = processors.every((processor) => CONTEXT_FREE.has(processor.constructor))
  let overflowed = 0

  const admitClean = (clean: Attributes, active: Context): Attributes => {
    // Our instruments bound themselves; what overflowed there is no series of its own, whatever a view would leave of it.
    if (OVERFLOW_ATTRIBUTE in clean) {
      overflowed = 1
      return OVERFLOW
    }
    const left = processors.length === 0 ? clean : process(processors, clean, active)
    const id = labelsId(left)
    let admitted = byLabels.get(id)
    if (admitted === undefined) {
      if (byLabels.size >= limit - 1) {
        overflowed = 1
        onOverflow()
        return OVERFLOW
      }
      admitted = Object.freeze(left)
      byLabels.set(id, admitted)
    }
    return admitted
  }

  return {
    get size() {
      return byLabels.size + overflowed
    },
    admitClean,
    admit(attributes, active) {
      if (!remembers || !isObject(attributes)) return admitClean(cleanAttributes(attributes).attributes, active)
      const known = byIdentity.get(attributes)
      if (known !== undefined) return known
      const content = contentId(attributes)
      const seen = content === undefined ? undefined : byContent.get(content)
      if (seen !== undefined) return seen
      const clean = cleanAttributes(attributes).attributes
      // Only what was in order as it came: a getter may have said something else the second time.
      const ordinary = content !== undefined && content === contentId(clean)
      const admitted = admitClean(clean, active)
      // What the bound refused is asked again, so that each of its measurements is counted.
      if (admitted === OVERFLOW) return admitted
      if (isConstant(attributes)) byIdentity.set(attributes, admitted)
      else if (ordinary && byContent.size < 2 * limit) byContent.set(content, admitted)
      return admitted
    },
  }
}

/** The SDK's own processors: they say the same of the same attributes whatever the context. */
const CONTEXT_FREE: ReadonlySet<unknown> = new Set([
  createAllowListAttributesProcessor([]).constructor,
  createDenyListAttributesProcessor([]).constructor,
])

/** A processor is somebody's code: if it throws, what it would have left out must not get through. */
function process(processors: readonly IAttributesProcessor[], clean: Attributes, active: Context): Attributes {
  try {
    let left = clean
    for (const processor of processors) left = processor.process(left, active)
    return processors.every((processor) => CONTEXT_FREE.has(processor.constructor))
      ? left
      : cleanAttributes(left).attributes
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Frozen, and all the way down: no getter and no array, whose content could change. */
function isConstant(attributes: object): boolean {
  try {
    if (!Object.isFrozen(attributes)) return false
    return Object.values(Object.getOwnPropertyDescriptors(attributes)).every(
      (property) => 'value' in property && !isObject(property.value),
    )
  } catch {
    return false
  }
}
