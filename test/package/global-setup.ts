// Packs the packages once for all test files.
import type { TestProject } from 'vitest/node'
import type { PackedPackages } from '../support/programs/packed-package.ts'
import { packPackages } from '../support/programs/packed-package.ts'

declare module 'vitest' {
  interface ProvidedContext {
    packages: PackedPackages
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const { packages, remove } = await packPackages()
  project.provide('packages', packages)
  return remove
}
