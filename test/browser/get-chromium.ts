// `npm run chromium`: installs Chromium from Debian's packages, if there is none, and prints where it is.
import { execFileSync } from 'node:child_process'
import { findChromium } from './find-chromium.ts'

/** For the tests alone; the headless shell has no window and needs a third of the packages. */
const PACKAGES = ['chromium-headless-shell', 'fonts-dejavu-core']

if (findChromium() === undefined) {
  const apt = (args: readonly string[]) =>
    execFileSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  apt(['update'])
  apt(['install', '--yes', '--no-install-recommends', ...PACKAGES])
}
const found = findChromium()
if (found === undefined) {
  console.error('chromium: it could not be installed; install the Debian package chromium by hand')
  process.exitCode = 1
} else {
  console.log(`chromium ${found}`)
}
