// Tests how a wrapped server is named, and that no argument gets into its name.
import { describe, expect, it } from 'vitest'
import { serviceNameOf } from '../../../../src/attach/wrap/service-name.ts'

describe('serviceNameOf', () => {
  it.each<[string, string]>([
    ['npx -y @acme/server-files@1.2.3 /home/me', '@acme/server-files'],
    ['npx server-files@latest', 'server-files'],
    ['npx.cmd -y server-files', 'server-files'],
    ['uvx mcp-server-git==1.0 --repository /x', 'mcp-server-git'],
    ['uv tool run mcp-server-git', 'mcp-server-git'],
    ['npm exec -- server-files', 'server-files'],
    ['/usr/bin/node /home/me/secret/server.js', 'node'],
    ['C:\\tools\\github-mcp-server.exe stdio', 'github-mcp-server'],
    ['npx --package secret-token server', 'npx'],
    ['npx https://user:secret@host/x.tgz', 'npx'],
    ['npx ./secret/server', 'npx'],
    ['npx', 'npx'],
  ])('names the server of %s', (line, name) => {
    const [command = '', ...args] = line.split(' ')

    expect(serviceNameOf(command, args)).toBe(name)
  })
})
