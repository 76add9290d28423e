import { defineConfig } from 'vitest/config'

// The package as users get it: packed, and installed into projects of their kinds. It installs other packages.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
  },
})
