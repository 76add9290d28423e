import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { trackConnection, trackConnections } from '../../../../src/instrumentation/record/track-connections.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
let server: Server
let port: number
beforeEach(async () => {
  recorded = recordSeries()
  server = createServer((socket) => socket.on('error', () => {}).resume())
  trackConnections(server, 'http')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => server.close())

const open = (transport: string) => recorded.value(`mcp_open_connections{transport="${transport}"}`)
const opens = (count: number) => waitFor(async () => (await open('http')) === count, 10_000, `${count} open`)

test('a listener starts at 0, and sockets count until they are closed, by whom and however', async () => {
  expect(await open('http')).toBe(0)
  const sockets = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await opens(4)

  sockets[0]?.end()
  await opens(3)
  sockets[1]?.destroy()
  await opens(2)
  sockets[2]?.resetAndDestroy()
  await opens(1)
  sockets[3]?.destroy()
  await opens(0)
})

test('a listener that is tracked twice counts once', async () => {
  trackConnections(server, 'http')
  const socket = connect(port, '127.0.0.1')
  await opens(1)

  socket.destroy()
  await opens(0)
})

test('sockets that were open before telemetry started are counted, and their end too', async () => {
  const socket = connect(port, '127.0.0.1')
  await opens(1)
  recorded = recordSeries()
  const stdio = trackConnection('stdio')

  expect([await open('http'), await open('stdio')]).toEqual([1, 1])
  socket.destroy()
  stdio()
  stdio()
  await opens(0)
  expect(await open('stdio')).toBe(0)
})
