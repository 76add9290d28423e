// For a test file: the real parts, ended with it. When a test of it has failed, what they wrote stays, and where is said.
import { afterAll, inject, onTestFailed } from 'vitest'
import type { RealParts } from './real-parts.ts'
import { openParts } from './real-parts.ts'

export function useRealParts(): RealParts & { watch(): void } {
  const parts = openParts(inject('parts'))
  let failed = false
  afterAll(async () => {
    await parts.close({ keep: failed })
    if (failed) console.error(`the real parts' output and data: ${parts.folder}`)
  })
  return {
    ...parts,
    /** Called in a test. */
    watch() {
      onTestFailed(() => {
        failed = true
      })
    },
  }
}
