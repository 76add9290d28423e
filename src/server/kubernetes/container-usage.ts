// An answer of the metrics API in, what each container uses out. What is not as it should be is left out.
import { entries, list, text } from './diagnosis/field.ts'
import type { ContainerUsage } from './diagnosis/snapshot.ts'

/** A `PodMetricsList`, or one `PodMetrics`. */
export function containerUsage(answer: unknown): readonly ContainerUsage[] {
  const { items } = (answer ?? {}) as { items?: unknown }
  return (Array.isArray(items) ? items : [answer]).flatMap((one: unknown) => {
    const { metadata, containers } = (one ?? {}) as PodMetrics
    return list(containers).flatMap(({ name, usage }) => {
      const memoryBytes = bytesOf(Object.fromEntries(entries(usage))['memory'])
      if (memoryBytes === undefined) return []
      return [{ namespace: text(metadata?.namespace), pod: text(metadata?.name), container: text(name), memoryBytes }]
    })
  })
}

interface PodMetrics {
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly containers?: readonly { readonly name?: string; readonly usage?: Readonly<Record<string, string>> }[]
}

const UNITS: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 }

function bytesOf(quantity: unknown): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?$/.exec(String(quantity)) ?? []
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1)
}
