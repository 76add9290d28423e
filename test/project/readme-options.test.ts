import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { optionTable } from '../../src/command-line/help.ts'
import type { OptionTable } from '../../src/command-line/option.ts'
import { CHECK_OPTIONS, CONFIG_OPTIONS, TRAFFIC_OPTIONS, WRAP_OPTIONS } from '../../src/program/options.ts'
import { EXPORTER_OPTIONS, SERVE_OPTIONS } from '../../src/server/options.ts'
import type { ServedCluster } from '../../src/server/toolsets.ts'
import { toolsOf } from '../../src/server/toolsets.ts'

describe('the README', () => {
  it.each<[string, OptionTable]>([
    ['serve', SERVE_OPTIONS],
    ['exporter', EXPORTER_OPTIONS],
    ['wrap', WRAP_OPTIONS],
    ['config', CONFIG_OPTIONS],
    ['check', CHECK_OPTIONS],
    ['traffic', TRAFFIC_OPTIONS],
  ])('has the options of %s in a table, as the code defines them', (_command, options) => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

    expect(readme, 'paste the output of optionTable() in src/command-line/help.ts').toContain(optionTable(options))
  })

  it('has each tool that the server can offer in its table of tools, and no other', () => {
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
})
