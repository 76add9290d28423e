import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,project,integration,e2e}/**/*.test.ts'],
    testTimeout: 40_000,
    // Many tests wait for processes, sockets and deadlines: a file more than there are cores is no load. Of those that start the
    // program, each start takes a core for a second: not many at once, or all wait for all.
    maxWorkers: 3,
    maxConcurrency: 3,
  },
})
