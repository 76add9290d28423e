import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createEventStreams, MAX_STREAMS, MAX_WAITING_BYTES } from '../../../../src/page/http/event-streams.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each()
})

/** Streams of a real HTTP server; `look` opens one and returns the browser's socket and the server's response. */
async function startStreams() {
  const streams = createEventStreams(() => {})
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.push(() => server.close())
  const look = async (): Promise<{ socket: Socket; response: ServerResponse }> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    undo.push(() => socket.destroy())
    const asked = once(server, 'request')
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    const [, response] = await asked
    return { socket, response }
  }
  return { streams, look }
}

describe('createEventStreams', () => {
  it('drops a reader that is slow, and keeps one that reads', async () => {
    const { streams, look } = await startStreams()
    const slow = await look()
    const quick = await look()
    let received = 0
    quick.socket.on('data', (bytes: Buffer) => {
      received += bytes.length
    })
    slow.socket.pause()
    expect(streams.open(slow.response, 'a', {}, '{}')).toBe(true)
    expect(streams.open(quick.response, 'a', {}, '{}')).toBe(true)

    const json = JSON.stringify('x'.repeat(200_000))
    for (let sent = 0; sent < 100 && !slow.response.destroyed; sent += 1) {
      streams.send('step', json, 'a')
      expect(slow.response.writableLength).toBeLessThan(MAX_WAITING_BYTES + 2 * json.length)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }

    expect(slow.response.destroyed).toBe(true)
    expect(quick.response.destroyed).toBe(false)
    await expect.poll(() => streams.size).toBe(1)
    await expect.poll(() => received).toBeGreaterThan(1_000_000)
  })

  it('admits at most 8, and another one when one has gone', async () => {
    const { streams, look } = await startStreams()
    const opened = []
    for (let count = 0; count < MAX_STREAMS; count += 1) {
      const one = await look()
      expect(streams.open(one.response, 'a', {}, '{}')).toBe(true)
      opened.push(one)
    }
    const next = await look()
    expect(streams.open(next.response, 'a', {}, '{}')).toBe(false)

    opened[0]?.socket.destroy()
    await expect.poll(() => streams.size).toBe(MAX_STREAMS - 1)
    expect(streams.open(next.response, 'a', {}, '{}')).toBe(true)
  })

  it('counts no browser that has gone before its stream began', async () => {
    const { streams, look } = await startStreams()
    const { socket, response } = await look()
    socket.destroy()
    await once(response, 'close')

    expect(streams.open(response, 'a', {}, '{}')).toBe(true)
    expect(streams.size).toBe(0)
  })
})
