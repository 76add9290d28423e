// A point's attributes in, the text between its braces out: `tool_name="hello",status="success"`, sorted by label, so that
// two points with equal labels have equal texts. Total: attributes are whatever somebody passed to an instrument.
import type { Attributes } from '@opentelemetry/api'
import { labelName } from '../catalog/series.ts'

/** Labels that would mean something else to Prometheus than the attribute did. */
const RESERVED = /^__|^quantile$/
const RESERVED_ON_HISTOGRAMS = /^__|^quantile$|^le$/

const cache = new WeakMap<Attributes, string>()
const histogramCache = new WeakMap<Attributes, string>()

/** The label text of a point, without braces; empty when there is none. Written once per attribute set. */
export function labelText(attributes: Attributes, onHistogram = false): string {
  const texts = onHistogram ? histogramCache : cache
  let text = texts.get(attributes)
  if (text === undefined) {
    text = writeLabels(attributes, onHistogram ? RESERVED_ON_HISTOGRAMS : RESERVED)
    texts.set(attributes, text)
  }
  return text
}

function writeLabels(attributes: Attributes, reserved: RegExp): string {
  const labels = new Map<string, string>()
  // Keys that come out as one label: "values concatenated together, separated by ;", in the order of the original keys
  // (OpenTelemetry specification, Prometheus and OpenMetrics Compatibility, Metric Attributes).
  for (const key of Object.keys(attributes).sort()) {
    const value = valueText(attributes[key])
    if (value === '') continue // To Prometheus an empty label is no label: it would make two series of one.
    const plain = labelName(key)
    const label = reserved.test(plain) ? `key_${plain}` : plain
    const before = labels.get(label)
    labels.set(label, before === undefined ? value : `${before};${value}`)
  }
  return [...labels]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${escapeLabelValue(value)}"`)
    .join(',')
}

/** Escapes as both text formats ask: backslash, double quote and line feed. */
export function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value
}

function valueText(value: unknown): string {
  try {
    const text = typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)
    return value === undefined || value === null || text === undefined ? '' : text.toWellFormed()
  } catch {
    return '_OTHER'
  }
}
