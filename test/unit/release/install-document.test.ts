import { describe, expect, it } from 'vitest'
import { installDocument } from '../../../src/release/install-document.ts'

const SERVER = {
  command: 'npx',
  args: ['-y', 'mcp-vitals-server', 'serve', '--transport', 'stdio', '--cluster', 'kubeconfig'],
}

describe('the page of installations', () => {
  it('has links whose configuration is that of the JSON block', () => {
    const text = installDocument()
    const links = [...text.matchAll(/\]\((https:[^)]+)\)/g)].map(([, link = '']) => new URL(link))
    const [cursor, code] = links.map((link) => link.searchParams.get('config') ?? '')

    expect(JSON.parse(Buffer.from(cursor ?? '', 'base64').toString())).toEqual(SERVER)
    expect(JSON.parse(code ?? '')).toEqual(SERVER)
    expect(JSON.parse(/```json\n([^`]+)```/.exec(text)?.[1] ?? '')).toEqual({ mcpServers: { 'mcp-vitals': SERVER } })
  })
})
