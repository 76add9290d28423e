import { describe, expect, it } from 'vitest'
import { publishedManifest } from '../../../src/release/published-manifest.ts'

const SOURCE = {
  name: 'mcp-vitals-server',
  version: '1.2.3',
  mcpName: 'io.github.mcp-vitals/mcp-vitals-server',
  description: 'A server.',
  private: true,
  scripts: { start: 'node cli.ts' },
  exports: { '.': './src/index.ts', './package.json': './package.json' },
  bin: { served: './cli.ts' },
  sideEffects: ['./src/late.ts'],
  devDependencies: { vitest: '1.0.0' },
}

describe('the published manifest', () => {
  it('names compiled files, and drops what only the repository needs', () => {
    const { repository: _, homepage: __, bugs: ___, publishConfig: ____, ...manifest } = publishedManifest(SOURCE, '.')

    expect(manifest).toEqual({
      name: 'mcp-vitals-server',
      version: '1.2.3',
      description: 'A server.',
      exports: { '.': { types: './index.d.ts', default: './index.js' }, './package.json': './package.json' },
      bin: { served: './cli.js' },
      sideEffects: ['./late.js'],
      mcpName: 'io.github.mcp-vitals/mcp-vitals-server',
    })
  })

  it('says where its sources, its issues and its provenance are', () => {
    expect(publishedManifest(SOURCE, 'src/server')).toMatchObject({
      repository: { type: 'git', url: 'git+https://github.com/mcp-vitals/mcp-vitals.git', directory: 'src/server' },
      bugs: { url: 'https://github.com/mcp-vitals/mcp-vitals/issues' },
      publishConfig: { access: 'public', provenance: true },
      mcpName: 'io.github.mcp-vitals/mcp-vitals-server',
    })
    const { mcpName: _, ...library } = SOURCE
    const root = publishedManifest({ ...library, name: 'mcp-vitals' }, '.')
    expect(root['repository']).not.toHaveProperty('directory')
    expect(root).not.toHaveProperty('mcpName')
  })
})
