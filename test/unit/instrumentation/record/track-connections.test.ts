import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

describe('trackConnections', () => {
  it('starts at 0, and counts each socket until it is ended, destroyed or reset', async () => {
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

  it('counts each socket once when its server is tracked twice', async () => {
    trackConnections(server, 'http')
    const socket = connect(port, '127.0.0.1')
    await opens(1)

    socket.destroy()
    await opens(0)
  })

  it('counts sockets that were open before telemetry started, until they close', async () => {
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
})
