// Ends the run with a clear word where there is no Chromium: a skipped test would pass for one that holds.
import { findChromium } from './find-chromium.ts'

export function setup(): void {
  if (findChromium() !== undefined) return
  throw new Error(
    'There is no Chromium on this machine: "npm run chromium" installs it. The tests of the live page did not run.',
  )
}
