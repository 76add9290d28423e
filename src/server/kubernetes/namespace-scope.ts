// Limits requests and metric labels to the namespaces that the program can read.
import { ToolError } from 'mcp-vitals'

export interface NamespaceScope {
  /** Throws `refused` for a namespace that the program must not read. */
  check(namespace: string): void
  /** The places to read if no namespace is given: undefined means all namespaces in one request. */
  readonly places: readonly (string | undefined)[]
  /** Registers namespaces that the API has returned. */
  confirm(namespaces: Iterable<string | undefined>): void
  /** As a metric's label: `_OTHER` unless it is on the list or, without one, among the first that the API confirmed. */
  label(namespace: string): string
}

const OTHER = '_OTHER'
/** As many as the metrics' own bound admits. */
const MOST_LABELS = 100

/** @param allowed empty: all namespaces. */
export function namespaceScope(allowed: readonly string[] = [], most = MOST_LABELS): NamespaceScope {
  const list = new Set(allowed)
  const labels = new Set(allowed)
  return {
    check(namespace) {
      if (list.size === 0 || list.has(namespace)) return
      throw new ToolError(
        'refused',
        `This server can only read the namespaces ${[...list].join(', ')}. Choose one of them.`,
      )
    },
    places: list.size === 0 ? [undefined] : [...list],
    confirm(namespaces) {
      if (list.size > 0) return
      for (const namespace of namespaces) {
        if (labels.size >= most) return
        if (namespace !== undefined) labels.add(namespace)
      }
    },
    label: (namespace) => (labels.has(namespace) ? namespace : OTHER),
  }
}
