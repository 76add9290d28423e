import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { optionTable } from '../../src/server/help.ts'
import type { ServedCluster } from '../../src/server/toolsets.ts'
import { toolsOf } from '../../src/server/toolsets.ts'

test.each(['serve', 'exporter', 'traffic'] as const)(
  'the README’s table of the options of %s is what the code says',
  (command) => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

    expect(readme, 'paste what optionTable() of src/server/help.ts gives').toContain(optionTable(command))
  },
)

test('the README’s table of tools has each tool that the server can offer, and no other', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const section = readme.slice(readme.indexOf('## Its tools'), readme.indexOf("## Telemetry's variables"))
  const named = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)

  const everything = {
    demoTools: true,
    allowRemediation: [{ action: '*', namespace: '*' }],
    protectedNamespaces: [],
    deadlineMs: 1,
  } as const
  const offered = toolsOf(everything, { api: {} } as ServedCluster).map(({ name }) => name)

  expect(named).toEqual(offered)
})
