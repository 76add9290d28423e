import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { optionTable } from '../../../src/server/help.ts'

test.each(['serve', 'traffic'] as const)('the README’s table of the options of %s is what the code says', (command) => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')

  expect(readme, 'paste what optionTable() of src/server/help.ts gives').toContain(optionTable(command))
})
