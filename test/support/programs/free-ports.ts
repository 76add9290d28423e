// How many in, so many TCP ports of loopback out that nobody listens on.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** All are held until each is known: no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
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
  const server = createServer().listen(port, '127.0.0.1')
  const listens = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false)
  if (listens) await once(server.close(), 'close')
  return listens
}
