// The URL of a Prometheus in, questions to its API out.

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface FoundExemplar {
  readonly labels: Readonly<Record<string, string>>
  readonly traceId: string
  readonly spanId: string
  readonly value: number
}

export interface PrometheusApi {
  /** The instant vector of an expression. */
  query(expression: string): Promise<Sample[]>
  /** Its first value; undefined where there is none. */
  value(expression: string): Promise<number | undefined>
  exemplars(selector: string): Promise<FoundExemplar[]>
  /** Family → type, help and unit, as the targets told. */
  metadata(): Promise<Readonly<Record<string, { type: string; help: string; unit: string }[]>>>
  get(path: string): Promise<unknown>
}

export function prometheusApi(url: string): PrometheusApi {
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`)
    const body = (await response.json()) as { status: string; data: unknown; error?: string }
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`)
    return body.data
  }
  const query = async (expression: string): Promise<Sample[]> => {
    const data = await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)
    const { result } = data as { result: { metric: Record<string, string>; value: [number, string] }[] }
    return result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) }))
  }
  return {
    get,
    query,
    value: async (expression) => (await query(expression))[0]?.value,
    async exemplars(selector) {
      const now = Date.now() / 1000
      const range = `start=${now - 3600}&end=${now + 60}`
      const found = (await get(`/api/v1/query_exemplars?query=${encodeURIComponent(selector)}&${range}`)) as {
        seriesLabels: Record<string, string>
        exemplars: { labels: { trace_id: string; span_id: string }; value: string }[]
      }[]
      return found.flatMap(({ seriesLabels, exemplars }) =>
        exemplars.map(({ labels, value }) => ({
          labels: seriesLabels,
          traceId: labels.trace_id,
          spanId: labels.span_id,
          value: numberOf(value),
        })),
      )
    },
    metadata: async () => (await get('/api/v1/metadata')) as Awaited<ReturnType<PrometheusApi['metadata']>>,
  }
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}
