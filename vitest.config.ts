import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,integration,e2e,regression}/**/*.test.ts'],
    testTimeout: 20_000,
    // Many tests wait for processes, sockets and deadlines: more files at once than cores is no load.
    maxWorkers: 4,
  },
})
