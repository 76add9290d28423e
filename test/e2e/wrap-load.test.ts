// Tests that messages of any length pass through `mcp-vitals wrap` in bounded memory, and are measured.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { RunningCli } from '../support/programs/run-cli.ts'
import { runVitals } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

const MEGABYTE = 1_000_000
/** Of a call and of its answer; `MCP_VITALS_WRAP_MEGABYTES=1000` for a gigabyte. */
const TOTAL = Number(process.env['MCP_VITALS_WRAP_MEGABYTES'] ?? 100) * MEGABYTE

/** The buffers of the two pipes wait for the garbage collector, which comes when there are some 60 MB of them. */
const MAX_GROWTH = 90 * MEGABYTE

/** Answers each line with one that is as long, and does not keep the line either. */
const SERVER = `
let bytes = 0, id = 1
process.stdin.on('data', (chunk) => {
  for (let from = 0; ; ) {
    const at = chunk.indexOf(10, from)
    if (at === -1) { bytes += chunk.length - from; return }
    const length = bytes + at - from
    bytes = 0
    from = at + 1
    answer(length)
  }
})
const queue = []
function answer(length) { queue.push(length); if (queue.length === 1) write() }
async function write() {
  while (queue.length > 0) {
    process.stdout.write('{"jsonrpc":"2.0","id":' + id++ + ',"result":{"content":[{"type":"text","text":"')
    for (let left = queue[0]; left > 0; left -= 65536)
      if (!process.stdout.write('x'.repeat(Math.min(left, 65536)))) await new Promise((r) => process.stdout.once('drain', r))
    process.stdout.write('"}]}}\\n')
    queue.shift()
  }
}`

function peakMemory(pid: number | undefined): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

async function send({ child }: RunningCli, text: string): Promise<void> {
  if (!child.stdin.write(text)) await once(child.stdin, 'drain')
}

async function sendCall(cli: RunningCli, id: number, bytes: number): Promise<void> {
  await send(cli, `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"any","arguments":{"text":"`)
  const piece = 'y'.repeat(65_536)
  for (let left = bytes; left > 0; left -= piece.length) await send(cli, piece.slice(0, left))
  await send(cli, '"}}}\n')
}

describe.runIf(process.platform === 'linux')('mcp-vitals wrap', () => {
  it.each([
    ['one message', 1],
    // Each is below 1 MiB, so that its arguments are kept until it is answered.
    ['a hundred messages', 100],
  ])(
    'passes %s of 100 MB in bounded memory, and measures it',
    async (_, messages) => {
      const cli = runVitals(['wrap', '--metrics-port', '0', '--no-list', '--', process.execPath, '-e', SERVER])
      let received = 0
      let ends = 0
      cli.child.stdout.removeAllListeners('data').on('data', (text: string) => {
        received += text.length
        for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) ends += 1
      })
      const metricsUrl = await waitFor(() => /metrics at (\S+)/.exec(cli.stderr())?.[1])
      await sendCall(cli, 1, 2 * MEGABYTE)
      await waitFor(() => ends === 1)
      const before = peakMemory(cli.child.pid)

      const size = TOTAL / messages
      for (let id = 2; id < messages + 2; id += 1) await sendCall(cli, id, size)
      await waitFor(() => ends === messages + 1, 300_000)

      console.log('GROWTH', messages, before / MEGABYTE, (peakMemory(cli.child.pid) - before) / MEGABYTE)
      expect(peakMemory(cli.child.pid) - before).toBeLessThan(MAX_GROWTH)
      expect(received).toBeGreaterThan(TOTAL)
      const samples = parseSamples(await (await fetch(metricsUrl)).text())
      const argumentsSize = '{"text":""}'.length
      expect(samples.get('mcp_request_size_bytes_sum{tool_name="_OTHER"}')).toBe(
        2 * MEGABYTE + TOTAL + (messages + 1) * argumentsSize,
      )
      expect(samples.get('mcp_tool_calls_total{status="success",tool_name="_OTHER"}')).toBe(messages + 1)
      cli.child.stdin.end()
      expect(await cli.exited).toBe(0)
    },
    600_000,
  )
})
