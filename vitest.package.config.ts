import { defineConfig } from 'vitest/config'

// The packages as users get them: packed, and installed in projects of the kinds that users have. It installs other packages.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: 'test/package/global-setup.ts',
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
  },
})
