// A point's attributes in, the text between its braces out: `status="success",tool_name="hello"`, sorted by label, so that
// two points with equal labels have equal texts. Attributes are whatever somebody passed to an instrument.

import { labelName, OTHER } from '@mcp-vitals/instrumentation'
import type { Attributes } from '@opentelemetry/api'

/** Labels that would mean something else to Prometheus than the attribute did. */
const RESERVED = /^__|^quantile$/
const RESERVED_ON_HISTOGRAMS = /^__|^quantile$|^le$/

/**
 * The label text of a point, without braces; empty when there is none.
 *
 * @throws {Error} only if the attributes cannot be enumerated (a proxy that will not say what it has).
 * @example labelText({ 'tool.name': 'hello', n: 1 }) // 'n="1",tool_name="hello"'
 */
export function labelText(attributes: Attributes, onHistogram = false): string {
  const reserved = onHistogram ? RESERVED_ON_HISTOGRAMS : RESERVED
  const labels = new Map<string, string>()
  // Keys that come out as one label: "values concatenated together, separated by ;", in the order of the original keys
  // (OpenTelemetry specification, Prometheus and OpenMetrics Compatibility, Metric Attributes).
  for (const key of Object.keys(attributes).sort()) {
    const value = valueText(attributes, key)
    if (value === '') continue // To Prometheus an empty label is no label: it would make two series of one.
    const plain = labelName(key)
    const label = reserved.test(plain) ? `key_${plain}` : plain
    const before = labels.get(label)
    labels.set(label, before === undefined ? value : `${before};${value}`)
  }
  let text = ''
  for (const label of [...labels.keys()].sort()) {
    text += `${text === '' ? '' : ','}${label}="${escapeLabelValue(labels.get(label) ?? '')}"`
  }
  return text
}

/** Escapes as both text formats ask: backslash, double quote and line feed. */
function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value
}

function valueText(attributes: Attributes, key: string): string {
  try {
    const value: unknown = attributes[key]
    switch (typeof value) {
      case 'string':
        return value.toWellFormed()
      case 'number':
      case 'boolean':
      case 'bigint':
        return String(value)
      case 'undefined':
        return ''
      case 'object':
        return value === null ? '' : String(JSON.stringify(value)).toWellFormed()
      default:
        return OTHER
    }
  } catch {
    return OTHER
  }
}
