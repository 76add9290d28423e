// Compares what one tool call takes on an MCP server: in memory, with a span, over stdio and over Streamable HTTP.
import type { CallHttp } from '../call-http.ts'
import { connectHttp } from '../call-http.ts'
import { connectStdio } from '../call-stdio.ts'
import type { Child } from '../child.ts'
import type { Column } from '../report.ts'
import type { Row } from '../rounds.ts'
import { interleave } from '../rounds.ts'
import { startSpanSink } from '../span-sink.ts'
import type { Comparison } from './comparison.ts'
import { ALL, BARE, CONTROL, checkCalls, NO_PROVIDER, OURS, PROM, STOCK } from './comparison.ts'

const SERVERS = [BARE, CONTROL, NO_PROVIDER, PROM, STOCK, OURS]
const CPU: Column = { head: 'CPU × bare', figure: 'cpu', over: BARE.label, quartiles: true }

export function inMemory(quick: boolean): Comparison {
  const calls = quick ? 200 : 5_000
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  const column: Column = { head: '× bare', figure: 'us', over: BARE.label, quartiles: true }
  return {
    title: 'One `tools/call` on an `McpServer`, in memory',
    note: `The server uses SDK v1, with 16 tools that have a zod input and return 1 kB of text. A plain JSON-RPC client makes ${calls} calls per round, one
at a time. mcp-vitals uses \`instrumentMcpServer\`. The others wrap each callback, make the recordings of the first table and measure sizes
in the same way. The wrapper does not see unknown tools, refused arguments and cancelled calls. \`instrumentMcpServer\` does; it also records
the series "in full" and the data for tracing.`,
    columns: [
      column,
      CPU,
      { head: '× stock OTel', figure: 'us', over: STOCK.label },
      { head: 'µs a call', figure: 'us', quartiles: true },
    ],
    summary: [
      { title: 'in-memory call, time × bare', column, rows: ALL, target: 1.15 },
      {
        title: 'the same, without a provider',
        column,
        rows: { control: CONTROL.label, ours: NO_PROVIDER.label },
        target: 1.08,
      },
    ],
    run: () =>
      interleave({
        rows: SERVERS,
        rounds,
        warmUps,
        measure: async (child) => ({ ...(await child.ask('call', calls)) }),
        check: checkCalls(calls * (warmUps + rounds)),
      }),
  }
}

export function withSpans(quick: boolean): Comparison {
  const calls = quick ? 200 : 5_000
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  const column: Column = { head: '× bare', figure: 'us', over: BARE.label, quartiles: true }
  const stock: Row = { label: 'stock OTel JS, a span', contender: 'stock-spans' }
  const ours: Row = { label: 'mcp-vitals, a span', contender: 'ours-spans' }
  return {
    title: 'One `tools/call` in memory, with a span',
    note: `The same calls, each with a span that the SDK batches, encodes to protobuf and sends to a receiver in another process. The time includes
sending all spans of the round. The receiver counts the spans.`,
    columns: [column, CPU, { head: 'µs a call', figure: 'us', quartiles: true }],
    summary: [
      {
        title: 'in-memory call with a span, time × bare',
        column,
        rows: { control: CONTROL.label, stock: stock.label, ours: ours.label },
        target: 2,
      },
    ],
    async run() {
      const sink = await startSpanSink()
      const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: sink.url }
      try {
        const made = calls * (warmUps + rounds)
        const counted = checkCalls(made)
        const measured = await interleave({
          rows: [BARE, CONTROL, { ...stock, env }, { ...ours, env }],
          rounds,
          warmUps,
          measure: async (child) => ({ ...(await child.ask('call', calls)) }),
          check: counted,
        })
        // Ours has one more for `initialize`.
        if (sink.spans() !== 2 * made + 1) throw new Error(`${sink.spans()} spans arrived of ${2 * made + 1}`)
        return measured
      } finally {
        sink.close()
      }
    },
  }
}

export function overStdio(quick: boolean): Comparison {
  const calls = quick ? 200 : 4_000
  return serverCpu(quick, calls, {
    title: 'One `tools/call` over stdio',
    note: `The same server over stdin and stdout, with eight calls at a time and ${calls} calls per round. The figure is the user CPU time of the server's
process.`,
    summary: [{ title: 'stdio, server CPU × bare', column: CPU, rows: ALL, target: 1.1 }],
    connect: connectStdio,
  })
}

export function overHttp(quick: boolean): Comparison {
  const calls = quick ? 200 : 3_000
  return serverCpu(quick, calls, {
    title: 'One `tools/call` over Streamable HTTP',
    note: `The same server over Streamable HTTP, in one session and with JSON answers, with eight calls at a time and ${calls} calls per round. The figure is
the user CPU time of the server's process.`,
    summary: [{ title: 'Streamable HTTP, server CPU × bare', column: CPU, rows: ALL, target: 1.04 }],
    connect: async (child) => (await connectHttp(child)).cpu,
  })
}

interface OverTransport extends Pick<Comparison, 'title' | 'note' | 'summary'> {
  /** Resolves to what makes so many calls and returns the microseconds of user CPU time for each. */
  connect(child: Child): Promise<(calls: number) => Promise<number>>
}

function serverCpu(quick: boolean, calls: number, { title, note, summary, connect }: OverTransport): Comparison {
  const warmUps = quick ? 1 : 4
  const rounds = quick ? 3 : 15
  const connected = new Map<Child, (calls: number) => Promise<number>>()
  return {
    title,
    note,
    columns: [
      CPU,
      { head: 'CPU × stock OTel', figure: 'cpu', over: STOCK.label },
      { head: 'CPU µs a call', figure: 'cpu', quartiles: true },
    ],
    summary,
    run: () =>
      interleave({
        rows: SERVERS,
        rounds,
        warmUps,
        async measure(child) {
          const call = connected.get(child) ?? (await connect(child))
          connected.set(child, call)
          return { cpu: await call(calls) }
        },
        check: checkCalls(calls * (warmUps + rounds)),
      }),
  }
}

export function inOurCode(quick: boolean): Comparison {
  const calls = quick ? 200 : 3_000
  const warmUps = quick ? 1 : 4
  const rounds = quick ? 3 : 11
  const connected = new Map<Child, CallHttp>()
  const column: Column = { head: 'µs a call', figure: 'us', quartiles: true }
  return {
    title: 'Time in our code for a call over HTTP',
    note: `A sampling profiler in the server's process counts the time in functions of mcp-vitals and in what they call of JavaScript itself, for ${calls} calls
per round. Other CPU time is not in it, so it changes less than a difference of two processes.`,
    columns: [column],
    summary: [{ title: 'time in our code for an HTTP call, µs', column, rows: { ours: OURS.label }, target: 7 }],
    run: () =>
      interleave({
        rows: [NO_PROVIDER, OURS],
        rounds,
        warmUps,
        async measure(child) {
          const call = connected.get(child) ?? (await connectHttp(child))
          connected.set(child, call)
          await child.ask('profile', undefined)
          await call.cpu(calls)
          return { us: (await child.ask('profiled', undefined)) / calls }
        },
        check: checkCalls(calls * (warmUps + rounds)),
      }),
  }
}
