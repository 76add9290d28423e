// Tests which connection makes room when all are taken, with and without TLS.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { limitConnections } from '../../../../src/telemetry/listener/limit-connections.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../support/collector/loopback-certificate.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

interface Listening {
  /** Opens a connection that is ready to send. */
  open(localAddress?: string): Promise<Socket>
  /** Opens a TCP connection and sends nothing on it. */
  openSilent(): Promise<Socket>
  /** Requests that wait for their answer. */
  readonly underWay: () => number
}

async function listen(server: Server, most: number, secure: boolean): Promise<Listening> {
  limitConnections(server, most)
  // `/wait` is answered never, anything else at once.
  let underWay = 0
  server.on('request', ({ url }, response) => {
    if (url === '/wait') underWay += 1
    else response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  const kept = (socket: Socket) => {
    sockets.push(socket.on('error', () => {}))
    return socket
  }
  return {
    underWay: () => underWay,
    async open(localAddress = '127.0.0.1') {
      const options = { port, host: '127.0.0.1', localAddress, ca: LOOPBACK_CERTIFICATE }
      const socket = kept(secure ? connectTls(options) : connect(options))
      await once(socket, secure ? 'secureConnect' : 'connect')
      return socket
    },
    async openSilent() {
      const socket = kept(connect(port, '127.0.0.1'))
      await once(socket, 'connect')
      return socket
    },
  }
}

/** Sends a request; returns the status line of the answer. */
async function answered(socket: Socket): Promise<string> {
  socket.write(GET)
  const [data] = (await once(socket, 'data')) as [Buffer]
  return data.toString().split('\r\n')[0] ?? ''
}

const isClosed = (socket: Socket) =>
  waitFor(() => socket.destroyed || socket.readableEnded, 5_000, 'the connection being closed')

describe.each([
  ['HTTP', false, () => createServer()],
  ['HTTPS', true, () => createTlsServer({ cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY }) as unknown as Server],
] as const)('limitConnections over %s', (_, secure, create) => {
  it('closes the connection that has been idle longest, and answers on the others', async () => {
    const { open } = await listen(create(), 3, secure)
    const first = await open()
    expect(await answered(first)).toContain('200')
    const second = await open()
    expect(await answered(second)).toContain('200')
    const third = await open()
    // It has been used since the second was.
    expect(await answered(first)).toContain('200')
    expect(await answered(third)).toContain('200')
    second.resume()

    const fourth = await open()
    expect(await answered(fourth)).toContain('200')
    await isClosed(second)
    expect(await answered(first)).toContain('200')
  })

  it('closes a new connection if each has a request under way', async () => {
    const { open, openSilent, underWay } = await listen(create(), 2, secure)
    for (let busy = 0; busy < 2; busy++) (await open()).write(GET.replace('/', '/wait'))
    await waitFor(() => underWay() === 2, 5_000, 'the requests')

    const rejected = await openSilent()
    rejected.resume()
    await isClosed(rejected)
  })

  it('closes idle connections of the address that has the most, not the one that has been idle longest', async () => {
    const { open, openSilent } = await listen(create(), 4, secure)
    const other = await open('127.0.0.2')
    expect(await answered(other)).toContain('200')
    const silent: Socket[] = []
    for (let count = 0; count < 6; count++) silent.push((await openSilent()).resume())
    await Promise.all(silent.slice(0, 3).map(isClosed))

    expect(await answered(other)).toContain('200')
  })

  it('lets connections that never send anything make room', async () => {
    const { open, openSilent } = await listen(create(), 5, secure)
    for (let silent = 0; silent < 20; silent++) (await openSilent()).resume()

    expect(await answered(await open())).toContain('200')
  })
})
