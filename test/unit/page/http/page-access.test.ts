import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createPageAccess } from '../../../../src/page/http/page-access.ts'
import { createSessionKey } from '../../../../src/page/http/session-key.ts'

const inMemory = () => createSessionKey(undefined)
const request = (cookie: string | undefined, localPort = 9464) =>
  ({ headers: { cookie }, socket: { localPort } }) as unknown as IncomingMessage
/** What a browser sends back. */
const sent = (setCookie: string) => setCookie.split(';')[0] ?? ''

describe('createPageAccess', () => {
  it('makes a launch token for each start, and takes only that one', () => {
    const [one, two] = [createPageAccess(undefined, inMemory()), createPageAccess(undefined, inMemory())]
    expect(one.launchToken.length).toBeGreaterThanOrEqual(24)
    expect(one.launchToken).not.toBe(two.launchToken)
    expect(one.isLaunchToken(one.launchToken)).toBe(true)
    for (const wrong of ['', two.launchToken, `${one.launchToken}x`]) expect(one.isLaunchToken(wrong)).toBe(false)
  })

  it('gives a cookie that scripts and other sites cannot use, and that opens the page on its port alone', () => {
    const access = createPageAccess(undefined, inMemory())
    const cookie = access.cookie(9464, false)
    expect(cookie).toMatch(/^mcp_vitals_page_9464=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
    expect(access.cookie(9464, true)).toMatch(/; Secure$/)
    expect(access.isSignedIn(request(sent(cookie)))).toBe(true)
    expect(access.isSignedIn(request(`other=1; ${sent(cookie)}; more=2`))).toBe(true)
    expect(access.isSignedIn(request(sent(cookie).replace('9464', '9466'), 9466))).toBe(false)
    expect(access.isSignedIn(request(undefined))).toBe(false)
    expect(access.isSignedIn(request('mcp_vitals_page_9464='))).toBe(false)
    expect(access.isSignedIn(request(`${sent(cookie)}x`))).toBe(false)
  })

  it('signs nobody in before the first cookie was given', () => {
    expect(createPageAccess(undefined, inMemory()).isSignedIn(request('mcp_vitals_page_9464=anything'))).toBe(false)
  })

  it('ends cookies when the token of the file changes, and keeps them when it does not', () => {
    const cookie = sent(createPageAccess('the token of a file', inMemory()).cookie(9464, false))
    expect(createPageAccess('the token of a file', inMemory()).isSignedIn(request(cookie))).toBe(true)
    expect(createPageAccess('another token', inMemory()).isSignedIn(request(cookie))).toBe(false)
  })
})
