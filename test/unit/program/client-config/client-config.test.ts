// Tests how wrap gets into the configuration files of MCP clients, and out again.
import { describe, expect, it } from 'vitest'
import { changeConfig } from '../../../../src/program/client-config/client-config.ts'

const wrap = { action: 'wrap', server: undefined, version: '1.2.3' } as const
const unwrap = { ...wrap, action: 'unwrap' } as const

const CLAUDE = `{
  "globalShortcut": "",
  "mcpServers": {
    "files": {
      "command": "npx",
      "args": ["-y", "@acme/server-files", "/home/me"],
      "env": { "TOKEN": "secret" }
    },
    "remote": { "type": "http", "url": "https://example.com/mcp" },
    "git": { "command": "uvx" }
  }
}
`

const VS_CODE = `{
	// My servers.
	"servers": {
		"files": {
			"type": "stdio",
			"command": "node", // An own one.
			"args": ["server.js"],
		},
	},
	"inputs": []
}
`

describe('changeConfig', () => {
  it('puts wrap in front of each stdio server of Claude Desktop, Claude Code and Cursor, and leaves the rest', () => {
    const { text, changed } = changeConfig(CLAUDE, wrap)
    const before = JSON.parse(CLAUDE)

    expect(changed).toEqual(['files', 'git'])
    expect(JSON.parse(text)).toEqual({
      ...before,
      mcpServers: {
        ...before.mcpServers,
        files: {
          command: 'npx',
          args: ['-y', 'mcp-vitals@1.2.3', 'wrap', '--', 'npx', '-y', '@acme/server-files', '/home/me'],
          env: { TOKEN: 'secret' },
        },
        git: { command: 'npx', args: ['-y', 'mcp-vitals@1.2.3', 'wrap', '--', 'uvx'] },
      },
    })
  })

  it('keeps comments, tabs and trailing commas of a file of VS Code', () => {
    const { text } = changeConfig(VS_CODE, wrap)

    expect(text).toContain('\t// My servers.\n')
    expect(text).toContain('"command": "npx", // An own one.\n')
    expect(text).toContain('"mcp-vitals@1.2.3"')
    expect(text.endsWith('\t"inputs": []\n}\n')).toBe(true)
    expect(changeConfig(text, unwrap).text).toContain('"command": "node", // An own one.\n')
  })

  it('finds the servers in the settings of VS Code', () => {
    const settings = '{"editor.fontSize": 12, "mcp": {"servers": {"a": {"command": "a", "args": []}}}}'

    expect(changeConfig(settings, wrap).changed).toEqual(['a'])
  })

  it.each([
    ['Claude', CLAUDE],
    ['VS Code', VS_CODE],
  ])('changes nothing the second time, and gives the commands of %s back', (_, before) => {
    const once = changeConfig(before, wrap).text
    expect(changeConfig(once, wrap)).toEqual({ text: once, changed: [] })

    const back = changeConfig(once, unwrap).text
    expect(changeConfig(back, unwrap)).toEqual({ text: back, changed: [] })
    const words = (text: string) => text.match(/"(npx|node|uvx|-y|server.js|@acme[^"]*)"/g)
    expect(words(back)).toEqual(words(before))
  })

  it('unwraps what another version wrapped, with options, and on Windows', () => {
    const text = JSON.stringify({
      mcpServers: {
        a: { command: 'npx.cmd', args: ['-y', 'mcp-vitals@0.1.0', 'wrap', '--no-list', '--', 'uvx', 'a', '--', 'b'] },
        b: { command: '/usr/bin/mcp-vitals', args: ['wrap', '--', 'b'] },
      },
    })

    expect(JSON.parse(changeConfig(text, unwrap).text)).toEqual({
      mcpServers: { a: { command: 'uvx', args: ['a', '--', 'b'] }, b: { command: 'b', args: [] } },
    })
  })

  it('changes the named server only', () => {
    expect(changeConfig(CLAUDE, { ...wrap, server: 'git' }).changed).toEqual(['git'])
  })

  it('keeps a byte order mark and line ends of Windows', () => {
    const { text } = changeConfig(`\uFEFF${CLAUDE.replaceAll('\n', '\r\n')}`, wrap)

    expect(text.startsWith('\uFEFF{\r\n')).toBe(true)
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
  })

  it.each([
    ['', 'it is not a JSON object'],
    ['[]', 'it is not a JSON object'],
    ['{"mcpServers": {"a": {"command": "a"}', 'it is not a JSON object (CloseBraceExpected at line 1)'],
    ['{"mcpServers": {"a": {"url": "https://example.com"}}}', 'it contains no stdio servers'],
    ['{"mcpServers": null}', 'it contains no stdio servers'],
  ])('refuses %j, and says why', (text, reason) => {
    expect(() => changeConfig(text, wrap)).toThrow(reason)
  })

  it('names the servers there are when the named one is not among them', () => {
    expect(() => changeConfig(CLAUDE, { ...wrap, server: 'remote' })).toThrow(
      'it contains no stdio server "remote"; known: files, git',
    )
  })
})
