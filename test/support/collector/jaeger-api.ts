// The URL of a Jaeger in, its traces out.

export interface StoredSpan {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly service: string
  readonly kind: string
  readonly tags: Readonly<Record<string, unknown>>
}

interface JaegerTrace {
  readonly spans: readonly {
    readonly spanID: string
    readonly operationName: string
    readonly processID: string
    readonly references: readonly { readonly refType: string; readonly spanID: string }[]
    readonly tags: readonly { readonly key: string; readonly value: unknown }[]
  }[]
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>
}

/** The spans of a trace; none where the store has no such trace. */
export async function storedTrace(url: string, traceId: string): Promise<StoredSpan[]> {
  const response = await fetch(`${url}/api/traces/${traceId}`)
  if (response.status === 404) return []
  if (!response.ok) throw new Error(`the trace store answered ${response.status}`)
  const { data } = (await response.json()) as { data: readonly JaegerTrace[] }
  return data.flatMap(({ spans, processes }) =>
    spans.map(({ spanID, operationName, processID, references, tags }) => {
      const byKey = Object.fromEntries(tags.map(({ key, value }) => [key, value]))
      return {
        spanId: spanID,
        parentSpanId: references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
        name: operationName,
        service: processes[processID]?.serviceName ?? '',
        kind: String(byKey['span.kind'] ?? 'internal'),
        tags: byKey,
      }
    }),
  )
}
