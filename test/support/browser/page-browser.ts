// Opens pages in a real Chromium; closed with the test file.
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, expect, onTestFinished } from 'vitest'
import { findChromium } from '../../browser/find-chromium.ts'

let launched: Promise<Browser> | undefined
afterAll(async () => {
  await (await launched)?.close()
})

export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
}

/** A page of a browser profile of its own. The test fails if the page throws or if its policy refuses something. */
export async function openPage(
  url: string,
  { width = 1280, height = 900, theme = 'light' }: OpenOptions = {},
): Promise<Page> {
  launched ??= chromium.launch({ executablePath: findChromium() as string, args: ['--no-sandbox'] })
  const context = await (await launched).newContext({
    viewport: { width, height },
    colorScheme: theme,
    permissions: ['clipboard-read', 'clipboard-write'],
    acceptDownloads: true,
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    // A server that is gone, and a page without its cookie, are said in the console by the browser itself.
    if (message.type() === 'error' && !/net::ERR|status of (401|503)/.test(message.text())) faults.push(message.text())
  })
  onTestFinished(async () => {
    await context.close()
    expect(faults).toEqual([])
  })
  await page.goto(url)
  return page
}
