// Server-sent events to the browsers that are looking: at most 8 at a time, and none that reads too slowly.
import type { ServerResponse } from 'node:http'

export const MAX_STREAMS = 8
/** Bytes that may wait for a reader beyond its snapshot; a page that hangs is dropped, and connects again. */
export const MAX_WAITING_BYTES = 1_048_576

interface Stream {
  readonly response: ServerResponse
  readonly server: string | undefined
  /** Bytes of the snapshot that were written when the stream began. */
  allowed: number
}

export interface EventStreams {
  readonly size: number
  /** Starts a stream of one server with its first event, unless the browser has gone; false if there are too many. */
  open(
    response: ServerResponse,
    server: string | undefined,
    headers: Readonly<Record<string, string>>,
    first: string,
  ): boolean
  /** Sends an event to those who look at the server; undefined is for all. */
  send(event: string, json: string, server?: string): void
  close(): void
}

/** @param onChange Called with the number of streams when it changes. */
export function createEventStreams(onChange: (size: number) => void): EventStreams {
  const streams = new Set<Stream>()
  const write = (stream: Stream, event: string, json: string) => {
    const { response } = stream
    if (response.writableLength > stream.allowed + MAX_WAITING_BYTES) {
      response.destroy()
      return
    }
    response.write(`event: ${event}\ndata: ${json}\n\n`)
  }
  return {
    get size() {
      return streams.size
    },
    open(response, server, headers, first) {
      // It may have gone while the first event was made; its `close` was then already emitted.
      if (response.destroyed) return true
      if (streams.size >= MAX_STREAMS) return false
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      const stream: Stream = { response, server, allowed: Buffer.byteLength(first) }
      streams.add(stream)
      response.once('close', () => {
        streams.delete(stream)
        onChange(streams.size)
      })
      write(stream, 'snapshot', first)
      onChange(streams.size)
      return true
    },
    send(event, json, server) {
      for (const stream of streams) {
        if (server === undefined || stream.server === server) write(stream, event, json)
      }
    },
    close() {
      for (const { response } of streams) response.end()
    },
  }
}
