import { defineConfig } from 'vitest/config'

// The live page in Chromium, which `npm run chromium` installs from Debian's packages.
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/browser/global-setup.ts',
    testTimeout: 90_000,
    hookTimeout: 90_000,
    fileParallelism: false,
  },
})
