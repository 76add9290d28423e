// What takes part in the benchmark: a way to record tool calls and histograms, and a /metrics that shows them. Each
// contender runs in a child process of its own, since meter providers and registries are global.

import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'

/** One tool call's recordings: as it comes in, and as it ends. */
export interface CallRecorder {
  begin(tool: string): void
  /** `errorType` is undefined for a call that succeeded. */
  end(tool: string, seconds: number, requestBytes: number, responseBytes: number, errorType: string | undefined): void
}

export type HistogramAttributes = { readonly tool: string; readonly region: string; readonly tier: string }

export interface HistogramSpec {
  readonly name: string
  readonly buckets: readonly number[]
}

/** A running contender. */
export interface Contender {
  readonly recorder: CallRecorder
  /** Observes a whole server, where the contender can; otherwise the benchmark wraps the tools' callbacks by hand. */
  readonly instrument?: (server: McpServer) => McpServer
  /** Makes a histogram in seconds and returns what records in it. */
  histogram(spec: HistogramSpec): (value: number, attributes: HistogramAttributes) => void
  /** Makes a counter of this name and returns what adds to it. */
  counter(name: string): (value: number, attributes: HistogramAttributes) => void
  readonly metricsUrl: string
  /** Runs a tool's callback in a span, for one that makes spans by hand. */
  readonly trace?: <T>(tool: string, run: () => T) => T
  /** Sends what is held. */
  readonly flush?: () => Promise<unknown>
  readonly shutdown?: () => Promise<unknown>
}

export type StartContender = () => Promise<Contender>

/** An HTTP server on a free port of loopback that ends with its process. */
export async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}
