// Compares what telemetry adds to the start of a server, and what a shutdown takes when the endpoint of OTLP does not answer.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { startChild } from '../child.ts'
import type { Row } from '../rounds.ts'
import { takeTurns } from '../rounds.ts'
import { startServer } from '../start-up/start-server.ts'
import type { Comparison } from './comparison.ts'
import { ALL, BARE, CONTROL, NO_PROVIDER, OURS, PROM } from './comparison.ts'

const NODE_SDK: Row = { label: 'stock OTel JS, NodeSDK', contender: 'stock' }

export function startUp(quick: boolean): Comparison {
  const time = { head: 'added, ms', figure: 'ms', minus: BARE.label, quartiles: true }
  const size = { head: 'added, MB', figure: 'megabytes', minus: BARE.label, quartiles: true }
  const rows = { control: ALL.control, prom: ALL.prom, stock: NODE_SDK.label, ours: OURS.label }
  return {
    title: 'Start of a stdio server that is scraped',
    note: `Each round starts each server in a process of its own, from the packages that \`npm run build\` writes. "Bare" loads the SDK for MCP v1 and connects
a server over stdio. The time ends when the server is connected and its /metrics listens. The memory is the resident set half a second later,
when everything is loaded that loads later. "No provider" only instruments.`,
    columns: [
      time,
      { head: 'added, ms of CPU', figure: 'cpu', minus: BARE.label, quartiles: true },
      size,
      { head: 'ms', figure: 'ms', quartiles: true },
      { head: 'MB', figure: 'megabytes', quartiles: true },
    ],
    summary: [
      { title: 'start-up added, ms', column: time, rows, target: 50 },
      { title: 'start-up added, MB', column: size, rows, target: 16 },
    ],
    run: () =>
      takeTurns({
        rows: [BARE, CONTROL, NO_PROVIDER, PROM, NODE_SDK, OURS],
        rounds: quick ? 1 : 15,
        warmUps: quick ? 0 : 2,
        measure: (row) => startServer(row.contender),
      }),
  }
}

export function shutdown(quick: boolean): Comparison {
  const refused = { head: 'refused, s', figure: 'refused', quartiles: true }
  const silent = { head: 'silent, s', figure: 'silent', quartiles: true }
  const stock: Row = { label: 'stock OTel JS', contender: 'stock-pushes' }
  const ours: Row = { label: 'mcp-vitals', contender: 'ours-pushes' }
  const rows = { stock: stock.label, ours: ours.label }
  return {
    title: 'Shutdown without a Collector',
    note: 'The time that a shutdown takes when the endpoint of OTLP refuses connections, or accepts them and never answers. One process for each.',
    columns: [refused, silent],
    summary: [
      { title: 'shutdown, Collector refused, s', column: refused, rows, target: 1.5 },
      { title: 'shutdown, Collector silent, s', column: silent, rows, target: 1.5 },
    ],
    async run() {
      const silentServer = createServer(() => {}).listen(0, '127.0.0.1')
      await once(silentServer, 'listening')
      const { port } = silentServer.address() as AddressInfo
      const seconds = async ({ contender }: Row, endpoint: string) => {
        const child = await startChild(contender, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
        try {
          await child.ask('record', 1_000)
          return (await child.ask('shutdown', undefined)) / 1_000
        } finally {
          child.stop()
        }
      }
      try {
        return await takeTurns({
          rows: [stock, ours],
          rounds: quick ? 1 : 11,
          warmUps: 0,
          async measure(row) {
            // They only wait: at the same time they take half of it. Port 1 is reserved, and nobody listens there.
            const both = [seconds(row, 'http://127.0.0.1:1'), seconds(row, `http://127.0.0.1:${port}`)] as const
            const [whenRefused, whenSilent] = await Promise.all(both)
            return { refused: whenRefused, silent: whenSilent }
          },
        })
      } finally {
        silentServer.close()
      }
    },
  }
}
