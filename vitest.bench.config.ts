import { defineConfig } from 'vitest/config'

// Quick runs of the benchmarks: that they run to their end and count what they send, not how fast they are.
export default defineConfig({
  test: {
    include: ['test/bench/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
})
