// Before the tests on real parts: every program is there, or the run ends with the line that says why not.
import type { TestProject } from 'vitest/node'
import type { Program } from './parts.ts'
import { PARTS } from './parts.ts'
import { provision } from './provision.ts'

declare module 'vitest' {
  interface ProvidedContext {
    parts: Readonly<Record<Program, string>>
  }
}

export async function setup(project: TestProject): Promise<void> {
  const all = PARTS.flatMap(({ programs }) => Object.keys(programs)) as Program[]
  project.provide('parts', await provision(all, { say: (line) => console.error(line) }))
}
