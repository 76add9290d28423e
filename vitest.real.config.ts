import { defineConfig } from 'vitest/config'

// Against the real programs: Prometheus, the Collector, a trace store. They are built first, each once on a machine.
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    globalSetup: 'test/parts/global-setup.ts',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // They are processes that share two cores: one file at a time.
    fileParallelism: false,
  },
})
