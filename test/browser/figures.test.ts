import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { openPage } from '../support/browser/page-browser.ts'
import { traffic, watchedServer } from '../support/browser/watched-server.ts'
import { waitFor } from '../support/programs/wait-for.ts'

/** Totals by tool, and by tool and cause. */
interface Figures {
  readonly calls: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
}

async function scrapedFigures(metricsUrl: string): Promise<Figures> {
  const text = await (await fetch(metricsUrl)).text()
  const calls: Record<string, number> = {}
  const errors: Record<string, number> = {}
  for (const [, name, labels = '', value] of text.matchAll(/^mcp_tool_(calls|errors)_total\{(.*)\} (\d+)/gm)) {
    const tool = /tool_name="([^"]*)"/.exec(labels)?.[1] ?? ''
    const cause = /error_type="([^"]*)"/.exec(labels)?.[1] ?? ''
    if (name === 'calls') calls[tool] = (calls[tool] ?? 0) + Number(value)
    else if (Number(value) > 0) errors[`${tool} ${cause}`] = Number(value)
  }
  if (calls['_OTHER'] === 0) delete calls['_OTHER']
  return { calls, errors }
}

async function activeCalls(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  return text.matchAll(/^mcp_active_requests\{.*\} (\d+)/gm).reduce((all, [, value]) => all + Number(value), 0)
}

/** From what a person sees and what a download has. */
async function shownFigures(page: Page): Promise<Figures> {
  const rows = await page
    .locator('#tools tbody tr')
    .evaluateAll((found) =>
      found.map((row) => [row.getAttribute('data-key') ?? '', row.querySelector('td')?.textContent ?? ''] as const),
    )
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()])
  const stream = await download.createReadStream()
  const { series } = JSON.parse(Buffer.concat(await stream.toArray()).toString()) as {
    series: { figure: string; labels: string[]; value: number }[]
  }
  return {
    calls: Object.fromEntries(rows.map(([tool, calls]) => [tool, Number(calls.replaceAll(',', ''))])),
    errors: Object.fromEntries(
      series.filter(({ figure }) => figure === 'errors').map(({ labels, value }) => [labels.join(' '), value]),
    ),
  }
}

const sum = (figures: Readonly<Record<string, number>>) => Object.values(figures).reduce((all, one) => all + one, 0)

describe('the live page', () => {
  it('shows the figures of /metrics within 5 s, and for 30 s on', async () => {
    const server = await watchedServer()
    const stop = traffic(server.url)
    const page = await openPage(server.pageUrl)
    await page.locator('#tools tbody tr').first().waitFor({ timeout: 10_000 })

    // While calls come, the page lies between a scrape before and a scrape after.
    for (let second = 0; second < 30; second += 3) {
      await page.waitForTimeout(3_000)
      const shown = await shownFigures(page)
      const after = await scrapedFigures(server.metricsUrl)
      for (const [tool, calls] of Object.entries(shown.calls))
        expect(calls, tool).toBeLessThanOrEqual(after.calls[tool] ?? 0)
      expect(sum(after.calls) - sum(shown.calls), 'calls that the page has not heard of').toBeLessThan(80)
    }
    await stop()

    // Slow calls may still end after the traffic.
    await expect.poll(() => activeCalls(server.metricsUrl), { timeout: 10_000 }).toBe(0)
    const scraped = await scrapedFigures(server.metricsUrl)
    expect(sum(scraped.calls)).toBeGreaterThan(50)
    expect(sum(scraped.errors)).toBeGreaterThan(5)
    await expect.poll(() => shownFigures(page), { timeout: 5_000 }).toEqual(scraped)
  })

  it('fills its plots with calls that came before it was opened', async () => {
    const server = await watchedServer()
    const stop = traffic(server.url)
    await waitFor(async () => sum((await scrapedFigures(server.metricsUrl)).calls) > 30)
    await stop()
    const { calls } = await scrapedFigures(server.metricsUrl)

    const page = await openPage(server.pageUrl)

    await page
      .locator('#outcomes-note', { hasText: `${sum(calls)} calls in the last 15 minutes` })
      .waitFor({ timeout: 10_000 })
  })
})
