// How many in, so many TCP ports of loopback out that nobody listens on.
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'

/** Below the ports that systems give to connections that go out: none of those can take a port before its program listens. */
const FIRST_PORT = 10_000
const LAST_PORT = 32_767

/** All are held until each is known: no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = []
  while (servers.length < count) {
    const server = await listening(randomInt(FIRST_PORT, LAST_PORT + 1))
    if (server !== undefined) servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Those that are asked for, and a free one for each that somebody has. */
export async function preferredPorts(wanted: readonly number[]): Promise<number[]> {
  const free = await freePorts(wanted.length)
  return Promise.all(wanted.map(async (port, index) => ((await isFree(port)) ? port : (free[index] ?? 0))))
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening(port)
  if (server !== undefined) await once(server.close(), 'close')
  return server !== undefined
}

async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch {
    return undefined
  }
}
