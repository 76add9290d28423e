// Packs the packages once for all test files, and makes the folder of the project that they share.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { PackedPackages } from '../support/programs/packed-package.ts'
import { packPackages } from '../support/programs/packed-package.ts'

declare module 'vitest' {
  interface ProvidedContext {
    packages: PackedPackages
    /** Empty until a test file installs something. */
    sharedFolder: string
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const { packages, remove } = await packPackages()
  const sharedFolder = mkdtempSync(join(tmpdir(), 'mcp-vitals-shared-'))
  project.provide('packages', packages)
  project.provide('sharedFolder', sharedFolder)
  return () => {
    remove()
    rmSync(sharedFolder, { recursive: true, force: true })
  }
}
