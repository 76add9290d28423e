import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ServedCluster } from '../../src/server/toolsets.ts'
import { toolsOf } from '../../src/server/toolsets.ts'

describe('the page about the reference server', () => {
  it('has each tool that the server can offer in its table of tools, and no other', () => {
    const page = readFileSync(new URL('../../docs/reference-server.md', import.meta.url), 'utf8')
    const section = page.slice(page.indexOf('## Tools'), page.indexOf('## Which cluster'))
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
})
