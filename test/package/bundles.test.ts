// Tests bundles of a server and all its packages, in a folder without node_modules: they count, and push what they counted.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { bundlerCases } from '../matrix/cases/bundler-cases.ts'
import type { Workbench } from '../matrix/workbench.ts'
import { openWorkbench } from '../matrix/workbench.ts'

const CASE_MS = 120_000

let bench: Workbench
beforeAll(() => {
  bench = openWorkbench(inject('packages'))
})
afterAll(() => bench?.close())

describe.each(['esbuild, CommonJS', 'esbuild, ESM, banner'])('a bundle by %s', (bundle) => {
  it.each(bundlerCases.filter(({ row }) => row === bundle).map((each) => [each.columns.join(), each] as const))(
    'counts calls and delivers them by %s',
    async (column, each) => {
      bench.startCase(CASE_MS)
      expect((await each.run(bench)).cells).toEqual({ [column]: { result: 'works' } })
    },
  )
})
