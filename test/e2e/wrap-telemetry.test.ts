// Tests what a wrapped server pushes: its exit and its calls, and nothing of its content.
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { startOtlpSink } from '../support/collector/otlp-sink.ts'
import { runVitals } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'

/** Answers every request, the own request for tools too, and writes a stray line. */
const SERVER = `
console.log('S3NT1NEL-stray')
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (id === undefined) return
  const tools = [{ name: 'known', description: 'S3NT1NEL-description', inputSchema: { type: 'object' } }]
  const results = { initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'fixture', version: '1' } }, 'tools/list': { tools } }
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? { content: [{ type: 'text', text: 'S3NT1NEL-result' }] } }))
}).on('close', () => process.exit(3))`

describe('the telemetry of mcp-vitals wrap', () => {
  it('pushes the exit and the calls of five servers that start at once, and no byte of content or command line', async () => {
    const sink = await startOtlpSink()
    onTestFinished(() => sink.close())
    const started = Array.from({ length: 5 }, (_, index) =>
      runVitals(
        ['wrap', '--service-name', `server-${index}`, '--', process.execPath, '-e', SERVER, 'S3NT1NEL-argument'],
        { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, FOR_THE_SERVER: 'S3NT1NEL-environment' },
      ),
    )
    for (const cli of started) {
      cli.child.stdout.removeAllListeners('data')
      const strayFree = cli.child.stdout.on.bind(cli.child.stdout)
      let isFirst = true
      // The stray line is no JSON: the session sees what follows it.
      cli.child.stdout.on = ((event: string, listener: (text: string) => void) =>
        strayFree(event, (text: string) => {
          listener(isFirst && event === 'data' ? text.replace('S3NT1NEL-stray\n', '') : text)
          isFirst = false
        })) as never
      const session = stdioSession(cli.child)
      await openSession(session)
      for (let call = 0; call <= started.indexOf(cli); call += 1)
        await session.ask('tools/call', { name: 'known', arguments: { text: 'S3NT1NEL-text' } })
      cli.child.stdin.end()
    }

    expect(await Promise.all(started.map(({ exited }) => exited))).toEqual([3, 3, 3, 3, 3])
    const text = await waitFor(() => {
      const all = Buffer.concat(sink.bodies).toString('latin1')
      return [0, 1, 2, 3, 4].every((index) => all.includes(`server-${index}`)) ? all : undefined
    })
    const last = (server: string, name: string, attribute: string, value: unknown) =>
      sink.received
        .filter(({ resource }) => resource['service.name'] === server)
        .flatMap(({ metrics }) => metrics.filter((metric) => metric.name === name))
        .at(-1)
        ?.points.filter(({ attributes, value: count }) => attributes[attribute] === value && count > 0)
        .map(({ value: count }) => count)
    for (const index of [0, 1, 2, 3, 4]) {
      expect(last(`server-${index}`, 'mcp.tool.calls', 'tool.name', 'known')).toEqual([index + 1])
      expect(last(`server-${index}`, 'mcp.server.exits', 'exit.code', 3)).toEqual([1])
    }
    expect(text).toContain('mcp.server.exits')
    expect(text).toContain('mcp.stdout.stray_lines')
    expect(text).toContain('known')
    expect(text).not.toContain('S3NT1NEL')
  })
})
