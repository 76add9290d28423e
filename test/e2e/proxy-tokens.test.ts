// Tests the token file of `mcp-vitals proxy` when it changes.
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rawPost, toolCall } from '../support/clients/raw-http.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runProxy } from '../support/programs/attached-program.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { httpUpstream } from '../support/servers/http-upstream.ts'

const CALL = toolCall(1, 'ok')

describe('mcp-vitals proxy', () => {
  it('reads its token file again when it changes and at SIGHUP, and keeps the earlier tokens while it is broken', async () => {
    const upstream = await httpUpstream((request, response) => request.resume().once('end', () => response.end()))
    const file = temporaryFile('first-token-0123456789')
    const proxy = await runProxy(upstream, ['--token-file', file, '--no-list'])
    const admits = async (token: string) =>
      (await rawPost(proxy.url, { authorization: `Bearer ${token}` }, CALL)).status === 200
    expect(await admits('first-token-0123456789')).toBe(true)

    writeFileSync(file, 'second-token-0123456789')
    await waitFor(() => admits('second-token-0123456789'), 30_000)
    expect(await admits('first-token-0123456789')).toBe(false)

    writeFileSync(file, '')
    proxy.child.kill('SIGHUP')
    await waitFor(() => proxy.stderr().includes('contains no token'))
    expect(await admits('second-token-0123456789')).toBe(true)
    expect(proxy.stderr()).not.toContain('second-token')
  })
})
