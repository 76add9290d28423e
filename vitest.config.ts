import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,integration,e2e,regression}/**/*.test.ts'],
    testTimeout: 20_000,
  },
})
