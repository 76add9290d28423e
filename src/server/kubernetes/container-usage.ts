// Parses the container usage in an answer of the metrics API, and skips invalid entries.
import { entries, list, quantity, text } from './diagnosis/field.ts'
import type { ContainerUsage } from './diagnosis/snapshot.ts'

/** A `PodMetricsList`, or one `PodMetrics`. */
export function containerUsage(answer: unknown): readonly ContainerUsage[] {
  const { items } = (answer ?? {}) as { items?: unknown }
  return (Array.isArray(items) ? items : [answer]).flatMap((one: unknown) => {
    const { metadata, containers } = (one ?? {}) as PodMetrics
    return list(containers).flatMap(({ name, usage }) => {
      const memoryBytes = quantity(Object.fromEntries(entries(usage))['memory'])
      if (memoryBytes === undefined) return []
      return [{ namespace: text(metadata?.namespace), pod: text(metadata?.name), container: text(name), memoryBytes }]
    })
  })
}

interface PodMetrics {
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly containers?: readonly { readonly name?: string; readonly usage?: Readonly<Record<string, string>> }[]
}
