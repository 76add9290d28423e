// Learns the names of the server's tools when a client calls one that no client has listed, so that calls count under their names.
import type { IncomingHttpHeaders } from 'node:http'
import { guarded, isRecord, member } from '@mcp-vitals/instrumentation/wire'
import type { WrappedServer } from '../wrap/wrapped-server.ts'

/** Sends one JSON-RPC request with the headers of a client's. Resolves to the answer; rejects if there is none. */
export type AskServer = (message: { readonly id: string }, headers: IncomingHttpHeaders) => Promise<unknown>

export interface ToolNames {
  /** A client calls a tool. */
  called(request: { readonly params?: Record<string, unknown> }, headers: IncomingHttpHeaders): void
  /** Does the work, in order: at once, or when the names that are being asked for are there. */
  whenKnown(work: () => void): void
}

interface ToolNamesOptions {
  readonly server: Pick<WrappedServer, 'isListed' | 'listed'>
  readonly ask: AskServer | undefined
  readonly now: () => number
}

/** Clients make names up: the server is not asked more often than this. */
const ASK_EVERY_MS = 60_000
const MAX_PAGES = 20
/** Work waits for so long, and no more of it than this. */
const MAX_WAIT_MS = 1_000
const MAX_WAITING = 1_000

export function createToolNames({ server, ask, now }: ToolNamesOptions): ToolNames {
  let askedAt = Number.NEGATIVE_INFINITY
  let waiting: (() => void)[] | undefined
  let timer: NodeJS.Timeout | undefined
  let count = 0

  const release = () => {
    clearTimeout(timer)
    const works = waiting ?? []
    waiting = undefined
    for (const work of works) work()
  }
  const list = async (send: AskServer, meta: unknown, headers: IncomingHttpHeaders) => {
    let cursor: unknown
    for (let page = 0; page < MAX_PAGES; page += 1) {
      count += 1
      const params = { ...(isRecord(meta) && { _meta: meta }), ...(typeof cursor === 'string' && { cursor }) }
      const message = { jsonrpc: '2.0', id: `mcp-vitals:${count}`, method: 'tools/list', params }
      const result = member(await send(message, headers), 'result')
      guarded(() => server.listed('tools/list', result))
      cursor = member(result, 'nextCursor')
      if (typeof cursor !== 'string' || cursor === '') return
    }
  }
  return {
    called({ params }, headers) {
      const name = params?.['name']
      if (ask === undefined || typeof name !== 'string' || server.isListed(name)) return
      if (now() - askedAt < ASK_EVERY_MS) return
      askedAt = now()
      waiting = []
      timer = setTimeout(release, MAX_WAIT_MS)
      list(ask, metaOf(params?.['_meta']), headers).then(release, release)
    },
    whenKnown(work) {
      if (waiting === undefined) return work()
      waiting.push(work)
      if (waiting.length >= MAX_WAITING) release()
    },
  }
}

/** Of the call's `_meta`, what revision 2026-07-28 asks each request to carry. */
function metaOf(meta: unknown): Record<string, unknown> | undefined {
  if (!isRecord(meta)) return undefined
  const own = Object.entries(meta).filter(([key]) => key.startsWith('io.modelcontextprotocol/'))
  return own.length === 0 ? undefined : Object.fromEntries(own)
}
