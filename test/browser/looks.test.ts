import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPage } from '../support/browser/page-browser.ts'
import type { WatchedServer } from '../support/browser/watched-server.ts'
import { traffic, watchedServer } from '../support/browser/watched-server.ts'
import { waitFor } from '../support/programs/wait-for.ts'

/** Screenshots for people to look at; the one of the README is committed. */
const PICTURES = process.env['MCP_VITALS_PICTURES'] ?? join('test', 'node_modules', '.cache', 'page-pictures')

let server: WatchedServer
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true })
  server = await watchedServer()
  traffic(server.url, 8)
})

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[]
  }[]
}

describe('the live page', () => {
  it.each([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
    [1920, 'light'],
    [1920, 'dark'],
  ] as const)('has no accessibility violation and no sideways scrolling at %i px, %s', async (width, theme) => {
    const page = await openPage(server.pageUrl, { width, theme, height: 1_000 })
    await page.locator('#calls li').nth(2).waitFor({ timeout: 30_000 })
    // A call with several spans.
    await page.locator('[data-list="all"]').click()
    await waitFor(async () => {
      await page
        .locator('#calls li .row', { hasText: /list_pods|diagnose_/ })
        .first()
        .click()
      return (await page.locator('#call .waterfall li').count()) > 1
    }, 60_000)
    await page.waitForTimeout(1_500)
    await page.screenshot({ path: join(PICTURES, `page-${width}-${theme}.png`), fullPage: true })

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    // Through the debugger: the page's own policy runs nothing inline.
    await page.evaluate(`(() => { const module = undefined; ${axe()} })()`)
    const { violations } = (await page.evaluate('window.axe.run(document)')) as AxeResult
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ target, failureSummary }) => `${target} ${failureSummary}`)
            .slice(0, 3)
            .join('; ')}`,
      ),
    ).toEqual([])
  })

  it('is used by keyboard alone', async () => {
    const page = await openPage(server.pageUrl)
    await page.locator('#calls li').first().waitFor({ timeout: 30_000 })
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('filter-tool')
    await page.locator('#calls li .row').first().focus()
    await page.keyboard.press('Enter')
    await page.locator('#call .facts dt').first().waitFor()
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
  })

  it('is small: under 150 kB compressed in all', async () => {
    const page = await openPage(server.pageUrl)
    const sizes: number[] = []
    page.on('response', async (response) => {
      const length = Number(response.headers()['content-length'] ?? 0)
      if (!response.url().includes('stream')) sizes.push(length)
    })
    await page.reload()
    await page.locator('#tools tbody tr').first().waitFor({ timeout: 30_000 })
    expect(sizes.length).toBeGreaterThan(20)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000)
  })
})

function axe(): string {
  const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  return readFileSync(path, 'utf8')
}
