// What is recorded is kept for long, and nothing else is.
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { startEverything } from '../support/servers/everything-server.ts'

const parts = useRealParts()

test('the long-term Prometheus gets the recorded series of the first one, and no raw one', async () => {
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

test('each keeps for as long as its file says', async () => {
  parts.watch()
  const retention = async ({ get }: Awaited<ReturnType<typeof parts.prometheus>>) =>
    ((await get('/api/v1/status/runtimeinfo')) as { storageRetention: string }).storageRetention
  expect(await retention(await parts.prometheus())).toBe('15d or 20GiB')
  expect(await retention(await parts.longTerm())).toBe('400d or 10GiB')
})
