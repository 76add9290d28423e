// Asks the server for its tools where the client has not: without the list, no tool name can be told from one that was made up.
import { SCOPE } from '@mcp-vitals/instrumentation'
import { member, protocolVersionIn, textMember } from '@mcp-vitals/instrumentation/wire'

/** How long the client may take to ask by itself. */
const GRACE_MS = 1_000
/** A server whose list never ends is asked no further. */
const MAX_PAGES = 100
/** Of `tools/list` requests of the client that wait for their answer. */
const MAX_WAITING = 100

export interface OwnList {
  /** A message of the client passes. True: a request of our own should pass before it. */
  fromClient(message: unknown): boolean
  /** A message of the server passes. */
  fromServer(message: unknown): void
  /** The request to send now, as a line; undefined if there is none. It counts as sent. */
  take(): Buffer | undefined
  /** Whether this is the answer to the request that was sent. It is then read, and belongs to nobody else. */
  answered(message: unknown): boolean
  /** No request is to be sent before the client says more: its bytes can pass without being read first. */
  readonly isSettled: boolean
  /** A request is sent, or is to be sent next, and is not answered yet. */
  readonly isWaiting: boolean
  /** A list of tools may come, for this process or for the client. */
  readonly isExpected: boolean
  /** Called when a request becomes due between two messages. */
  onDue: () => void
  stop(): void
}

export interface OwnListOptions {
  /** Never ask. */
  readonly off: boolean
  /** Reads a page of the server's tools; `cursor` is that of the request. */
  readonly learn: (result: unknown, cursor: string | undefined) => void
  readonly isListed: (toolName: string) => boolean
  /** Tells this process's requests from those of another wrapper around this one. */
  readonly instance: number
}

export function createOwnList({ off, learn, isListed, instance }: OwnListOptions): OwnList {
  let state: 'closed' | 'wanted' | 'due' | 'sent' | 'done' = off ? 'done' : 'closed'
  let timer: NodeJS.Timeout | undefined
  let cursor: string | undefined
  let pages = 0
  let count = 0
  let sentId: string | undefined
  let revision: string | undefined
  const clientAsks = new Set<unknown>()

  const want = () => {
    if (off || state === 'sent' || state === 'due') return
    state = 'wanted'
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (state !== 'wanted' || clientAsks.size > 0) return
      begin()
      list.onDue()
    }, GRACE_MS)
    timer.unref()
  }
  const begin = () => {
    clearTimeout(timer)
    state = 'due'
    cursor = undefined
    pages = 0
  }
  const done = () => {
    clearTimeout(timer)
    state = 'done'
  }

  const list: OwnList = {
    onDue: () => {},
    fromClient(message) {
      const method = member(message, 'method')
      if (typeof method !== 'string') return false
      const params = member(message, 'params')
      if (method === 'tools/list' && clientAsks.size < MAX_WAITING) clientAsks.add(member(message, 'id'))
      // The server behind the pipe was started again, and may offer other tools.
      if (method === 'initialize' && state === 'done' && !off) state = 'closed'
      if (state === 'closed') {
        // From revision 2026-07-28 on nothing is initialized: each request says which revision it belongs to.
        revision = protocolVersionIn(params)
        if (method === 'notifications/initialized' || revision !== undefined) want()
      }
      if (state !== 'wanted' || method !== 'tools/call' || clientAsks.size > 0) return state === 'due'
      if (isListed(textMember(params, 'name') ?? '')) return false
      begin()
      return true
    },
    fromServer(message) {
      if (member(message, 'method') === 'notifications/tools/list_changed') return want()
      if (member(message, 'method') !== undefined) return
      const result = member(message, 'result')
      if (clientAsks.delete(member(message, 'id'))) {
        if (textMember(result, 'nextCursor') !== undefined) want()
        else if (state === 'wanted') done()
        return
      }
      const capabilities = member(result, 'capabilities')
      if (capabilities !== undefined && member(result, 'protocolVersion') !== undefined) {
        if (member(capabilities, 'tools') === undefined && state === 'closed') done()
      }
    },
    take() {
      if (state !== 'due') return undefined
      state = 'sent'
      count += 1
      pages += 1
      sentId = `mcp-vitals:${instance}:${count}`
      const params = {
        ...(cursor !== undefined && { cursor }),
        ...(revision !== undefined && { _meta: metaOf(revision) }),
      }
      return Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: sentId, method: 'tools/list', params })}\n`)
    },
    answered(message) {
      if (state !== 'sent' || member(message, 'id') !== sentId || member(message, 'method') !== undefined) return false
      const result = member(message, 'result')
      learn(result, cursor)
      cursor = textMember(result, 'nextCursor')
      if (cursor === undefined || pages >= MAX_PAGES) done()
      else state = 'due'
      return true
    },
    get isSettled() {
      return state === 'done'
    },
    get isWaiting() {
      return state === 'sent' || state === 'due'
    },
    get isExpected() {
      return state === 'sent' || clientAsks.size > 0
    },
    stop: done,
  }
  return list
}

/** What each request of a revision without sessions carries. */
function metaOf(revision: string): object {
  return {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: SCOPE.name, version: SCOPE.version },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
}
