// Tests what the long-term Prometheus keeps, and how long each Prometheus keeps its data.
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { startEverything } from '../support/servers/everything-server.ts'

const parts = useRealParts()

describe('the long-term Prometheus', () => {
  it('receives exactly the recorded series of the first Prometheus, and no raw series', async () => {
    parts.watch()
    const server = await startEverything({ OTEL_METRICS_EXPORTER: 'prometheus' })
    try {
      const longTerm = await parts.longTerm()
      const prometheus = await parts.prometheus({
        targets: [{ address: server.scraped ?? '' }],
        longTerm: new URL(longTerm.url).host,
      })
      const names = async (from: typeof prometheus) =>
        [...new Set((await from.query('{__name__!=""}')).map(({ labels }) => labels['__name__'] ?? ''))].sort()
      const recorded = async () => (await names(prometheus)).filter((name) => name.includes(':'))
      await waitFor(
        async () => (await recorded()).includes('job_tool_name:mcp_tool_duration_seconds:p95_5m'),
        30_000,
        'the recorded series',
      )
      const same = async () => isDeepStrictEqual(await names(longTerm), await recorded())
      await waitFor(same, 30_000, 'the remote write').catch(() => {})
      expect(await names(longTerm)).toEqual(await recorded())
      expect((await recorded()).length).toBeGreaterThanOrEqual(5)
      expect((await names(prometheus)).length).toBeGreaterThan(50)
    } finally {
      await server.stop()
    }
  })
})

describe('each Prometheus', () => {
  it('keeps its data for the time and size in its configuration', async () => {
    parts.watch()
    const retention = async ({ get }: Awaited<ReturnType<typeof parts.prometheus>>) =>
      ((await get('/api/v1/status/runtimeinfo')) as { storageRetention: string }).storageRetention
    expect(await retention(await parts.prometheus())).toBe('15d or 20GiB')
    expect(await retention(await parts.longTerm())).toBe('400d or 10GiB')
  })
})
