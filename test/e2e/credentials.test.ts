// Tests that tokens and certificates are rotated without a restart, and that SIGHUP and SIGUSR1 end nothing and open nothing.
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { messagesIn, rawHttp, rawPost, rawSession, toolCall } from '../support/clients/raw-http.ts'
import {
  LOOPBACK_CERTIFICATE,
  LOOPBACK_KEY,
  NEXT_CERTIFICATE,
  NEXT_KEY,
} from '../support/collector/loopback-certificate.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { startTestApp } from '../support/servers/test-app.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('--token-file', () => {
  it('accepts a new token after SIGHUP, refuses the old one, and ends its session', async () => {
    const path = temporaryFile('old-token-0123456789\nkept-token-0123456789')
    const server = await runServer(['--token-file', path, '--demo-tools'])
    const old = await rawSession(server.url, bearer('old-token-0123456789'))
    const kept = await rawSession(server.url, bearer('kept-token-0123456789'))
    const slow = rawHttp(server.url, { method: 'POST', headers: kept, body: toolCall(1, 'demo_slow', { seconds: 1 }) })

    writeFileSync(path, 'kept-token-0123456789\nnew-token-0123456789')
    server.child.kill('SIGHUP')

    await waitFor(async () => (await rawPost(server.url, bearer('new-token-0123456789'))).status === 200)
    expect((await rawPost(server.url, old, toolCall(1, 'hello_world', { name: 'x' }))).status).toBe(401)
    expect(messagesIn((await slow).text)[0]).toMatchObject({ result: { structuredContent: { seconds: 1 } } })
    expect((await rawPost(server.url, kept, toolCall(2, 'hello_world', { name: 'x' }))).status).toBe(200)
  })

  it('is read again by itself when it changes, and keeps the tokens when it becomes empty', async () => {
    const path = temporaryFile('old-token-0123456789')
    const { url } = await startTestApp(['--token-file', path])
    writeFileSync(path, '')
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    expect((await rawPost(url, bearer('old-token-0123456789'))).status).toBe(200)

    writeFileSync(path, 'new-token-0123456789')

    await waitFor(async () => (await rawPost(url, bearer('old-token-0123456789'))).status !== 200)
    expect((await rawPost(url, bearer('new-token-0123456789'))).status).toBe(200)
  })
})

describe('SIGHUP and SIGUSR1', () => {
  it('end no process, no call and open no inspector', async () => {
    const server = await runServer(['--demo-tools'])
    const headers = await rawSession(server.url)
    const slow = rawHttp(server.url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 1 }) })

    server.child.kill('SIGHUP')
    server.child.kill('SIGUSR1')

    expect(messagesIn((await slow).text)[0]).toMatchObject({ result: { structuredContent: { seconds: 1 } } })
    expect(server.child.exitCode).toBeNull()
    expect(server.stderr()).not.toContain('Debugger listening')
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  })
})

describe('--tls-cert', () => {
  it('serves MCP over HTTPS, and the new certificate after SIGHUP', async () => {
    const cert = temporaryFile(LOOPBACK_CERTIFICATE)
    const key = temporaryFile(LOOPBACK_KEY)
    const server = await runServer(['--tls-cert', cert, '--tls-key', key])
    const served = () => servedCertificate(server.url)
    expect(server.url).toMatch(/^https:/)
    expect(await statusOf(server.url, LOOPBACK_CERTIFICATE)).toBe(400)
    const before = await served()

    writeFileSync(cert, NEXT_CERTIFICATE)
    writeFileSync(key, NEXT_KEY)
    server.child.kill('SIGHUP')

    await waitFor(async () => (await served()) !== before)
    expect(await statusOf(server.url, NEXT_CERTIFICATE)).toBe(400)
  })
})

function statusOf(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'DELETE', ca, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

function servedCertificate(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    }).on('error', reject)
  })
}

/** Sends bytes, and returns all that comes back until the server closes the connection. */
function exchanged(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer)).on('error', reject)
  })
}

describe('the MCP and metrics listeners', () => {
  it('accept targets in absolute form, and judge the host in them', async () => {
    const { url, metricsUrl } = await startTestApp()
    const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    const health = metricsUrl.replace('/metrics', '/health')
    expect(await exchanged(metricsUrl, get(health))).toMatch(/^HTTP\/1\.1 200 /)
    expect(await exchanged(metricsUrl, get('http://evil.example/health'))).toMatch(/^HTTP\/1\.1 403 /)
    expect(await exchanged(url, get(url))).toMatch(/^HTTP\/1\.1 400 /)
    expect(await exchanged(url, get('http://evil.example/mcp'))).toMatch(/^HTTP\/1\.1 403 /)
  })

  it('close the connection after an event stream when the client asks for it', async () => {
    const { url } = await startTestApp()
    const session = await rawSession(url)
    const body = toolCall(1, 'hello_world', { name: 'x' })
    const headers = { ...session, host: 'localhost', connection: 'close', 'content-length': String(body.length) }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)

    const answer = await exchanged(url, `POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n${body}`)

    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i)
    expect(answer).not.toMatch(/connection: keep-alive/i)
    expect(answer).toContain('"result"')
  })
})
