// `npm run pictures:page`: docs/pictures/live-page.png, the live page of the reference server after some minutes of traffic.
// `-- --minutes 1` for a quick look; `-- --out <file>` writes elsewhere.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { findChromium } from '../browser/find-chromium.ts'

const program = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const SERVER = program('../../src/server/cli.ts')
const VITALS = program('../../src/program/cli.ts')
const START_MS = 60_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '14' },
    out: { type: 'string', default: 'docs/pictures/live-page.png' },
  },
})
const executablePath = findChromium()
if (executablePath === undefined)
  throw new Error('There is no Chromium on this machine: "npm run chromium" installs it.')

const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-picture-'))
const children: ChildProcess[] = []
try {
  const served = await start([SERVER, 'serve', '--port', '0', '--demo-tools'])
  const [mcpUrl, pageUrl] = await Promise.all([served(/serves MCP at (\S+)\n/), served(/page +(\S+)\n/)])
  await start([VITALS, 'traffic', '--url', mcpUrl, '--rate', '3'])

  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light' })
  await page.goto(pageUrl)
  console.error(`traffic for ${values.minutes} minutes …`)
  await pause(Number(values.minutes) * 60_000)
  await page.locator('[data-list="all"]').click()
  await page.locator('#calls li .row', { hasText: 'diagnose_pod' }).first().click()
  await page.locator('[data-list="look"]').click()
  await page.locator('#call .waterfall li').nth(2).waitFor({ timeout: START_MS })
  await page.mouse.move(0, 0)
  await pause(1_500)
  await page.screenshot({ path: values.out, fullPage: true })
  await browser.close()
  console.error(values.out)
} finally {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}

/** Starts a program; what it returns waits for a text on stderr. */
async function start(args: readonly string[]): Promise<(pattern: RegExp) => Promise<string>> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0', XDG_RUNTIME_DIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let text = ''
  child.stderr.on('data', (more: Buffer) => {
    text += more
  })
  return async (pattern) => {
    for (const until = Date.now() + START_MS; Date.now() < until; await pause(100)) {
      const found = pattern.exec(text)?.[1]
      if (found !== undefined) return found
    }
    throw new Error(`${pattern} did not come: ${text}`)
  }
}
