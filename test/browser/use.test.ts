import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPage } from '../support/browser/page-browser.ts'
import type { WatchedServer } from '../support/browser/watched-server.ts'
import { traffic, watchedServer } from '../support/browser/watched-server.ts'
import { waitFor } from '../support/programs/wait-for.ts'

let server: WatchedServer
beforeAll(async () => {
  server = await watchedServer()
  traffic(server.url)
})

const text = async (page: Page, selector: string) => (await page.locator(selector).first().textContent()) ?? ''
const firstCalls = (page: Page) => page.locator('#calls ol').textContent()

async function openBusyPage(): Promise<Page> {
  const page = await openPage(server.pageUrl)
  await page.locator('#calls li').nth(3).waitFor({ timeout: 20_000 })
  return page
}

describe('the live page', () => {
  it('takes the token out of the URL and opens without it from then on', async () => {
    const page = await openBusyPage()
    expect(page.url()).not.toContain('token')
    await page.goto(new URL('/', server.pageUrl).href)
    await page.locator('#tools tbody tr').first().waitFor()
    expect((await page.context().cookies())[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  })

  it('stands still while it is paused, and goes on with all that came', async () => {
    const page = await openBusyPage()
    await page.keyboard.press('Space')
    await page.locator('#pause[aria-pressed="true"]').waitFor()
    expect(new URL(page.url()).searchParams.get('paused')).toMatch(/Z$/)
    const before = [await firstCalls(page), await text(page, '#tools tbody')]
    await page.waitForTimeout(2_500)
    expect([await firstCalls(page), await text(page, '#tools tbody')]).toEqual(before)

    await page.locator('#pause').click()
    await waitFor(async () => (await text(page, '#tools tbody')) !== before[1], 5_000)
    expect(new URL(page.url()).search).toBe('')
  })

  it('filters by tool and status, and a link opens the same view', async () => {
    const page = await openBusyPage()
    await page.locator('#filter-tool').selectOption('hello_world')
    await page.locator('#filter-status').selectOption('error')
    await waitFor(async () => !(await firstCalls(page))?.includes('get_pod'), 5_000)
    const tools = () => page.locator('#calls li .tool').allTextContents()
    expect(new Set(await tools())).toEqual(new Set(['hello_world']))

    await page.goto(page.url())
    await page.locator('#calls li').first().waitFor()
    expect(await page.locator('#filter-tool').inputValue()).toBe('hello_world')
    expect(new Set(await tools())).toEqual(new Set(['hello_world']))

    await page.keyboard.press('Escape')
    await waitFor(async () => new Set(await tools()).size > 1, 5_000)
  })

  it('shows the spans and the log lines of a call as a waterfall', async () => {
    const page = await openBusyPage()
    await page.locator('[data-list="all"]').click()
    await page.locator('#filter-tool').selectOption('list_pods')
    const call = page.locator('#calls li .row').first()
    await call.waitFor({ timeout: 20_000 })
    await waitFor(async () => {
      await call.click()
      await page.waitForTimeout(300)
      return (await page.locator('#call .waterfall li').count()) > 1
    }, 30_000)
    expect(await text(page, '#call .waterfall')).toMatch(/tools\/call list_pods.*GET/s)
    expect(await text(page, '#call-title')).toBe('tools/call list_pods')
  })

  it('copies the PromQL of a figure and downloads what it shows', async () => {
    const page = await openBusyPage()
    await page.locator('#filter-tool').selectOption('get_pod')
    await page.locator('#vital-p95 .copy').click()
    await page.locator('#vital-p95 .copy', { hasText: 'copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'histogram_quantile(0.95, sum by (le) (rate(mcp_tool_duration_seconds_bucket{tool_name="get_pod"}[1m])))',
    )
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('d')])
    expect(download.suggestedFilename()).toMatch(/^mcp-vitals-.*\.json$/)
    const saved = JSON.parse(Buffer.concat(await (await download.createReadStream()).toArray()).toString())
    expect(saved).toMatchObject({ filters: { tool: 'get_pod' }, server: { 'service.name': 'mcp-hello-server' } })
    expect(saved.at).toMatch(/^\d{4}-.*Z$/)
  })

  it('links each Kubernetes issue to its entry in the list of issue types', async () => {
    const page = await openBusyPage()
    const link = page.locator('#issues a').first()
    await link.waitFor({ timeout: 60_000 })
    const type = await link.textContent()
    const [list] = await Promise.all([page.context().waitForEvent('page'), link.click()])
    await list.waitForURL(`**/page/issues.html#${type}`)
    expect(await list.locator(':target h3').textContent()).toBe(type)
    expect(await list.locator(':target dt').allTextContents()).toContain('Next step')
  })

  it('shows the data of each plot as a table', async () => {
    const page = await openBusyPage()
    for (const id of ['outcomes', 'latency', 'failures', 'runtime']) {
      await page.locator(`#${id} button`, { hasText: 'table' }).click()
      expect(await page.locator(`#${id} tbody tr`).count()).toBe(90)
    }
  })

  it('says that the server is gone, and recovers when it is back', { timeout: 200_000 }, async () => {
    const mortal = await watchedServer()
    const port = new URL(mortal.metricsUrl).port
    const page = await openPage(mortal.pageUrl)
    await page.locator('#state[data-state="idle"]').waitFor({ timeout: 15_000 })
    expect(await text(page, '#sentence')).toContain('No call has come yet')

    mortal.child.kill('SIGKILL')
    await page.locator('#state[data-state="stale"]').waitFor({ timeout: 15_000 })
    expect(await text(page, '#stale')).toContain('connects again by itself')

    const again = await watchedServer([], { OTEL_EXPORTER_PROMETHEUS_PORT: port })
    await page.locator('#state[data-state="idle"]').waitFor({ timeout: 20_000 })
    traffic(again.url)
    await waitFor(async () => Number(await text(page, '[data-figure="rate"]')) > 0, 60_000)
  })
})
