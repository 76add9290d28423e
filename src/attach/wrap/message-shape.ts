// Says which members of a message decide about it: those that are kept of a message that is too large to be collected.

/** Which members of a message are kept, by path; `size` measures a member, `items` are the elements of a list. */
export interface Shape {
  readonly members?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly size?: 'argumentBytes' | 'resultBytes'
}

export const KEPT: Shape = {}
const IMPLEMENTATION: Shape = { members: { name: KEPT, version: KEPT } }
const META: Shape = {
  members: {
    traceparent: KEPT,
    tracestate: KEPT,
    'io.modelcontextprotocol/protocolVersion': KEPT,
    'io.modelcontextprotocol/clientInfo': IMPLEMENTATION,
    'io.modelcontextprotocol/serverInfo': IMPLEMENTATION,
  },
}
const NAMED: Shape = { items: { members: { name: KEPT } } }
export const MESSAGE: Shape = {
  members: {
    jsonrpc: KEPT,
    id: KEPT,
    method: KEPT,
    params: {
      members: {
        name: KEPT,
        requestId: KEPT,
        reason: KEPT,
        protocolVersion: KEPT,
        clientInfo: IMPLEMENTATION,
        arguments: { size: 'argumentBytes' },
        _meta: META,
      },
    },
    result: {
      size: 'resultBytes',
      members: {
        isError: KEPT,
        resultType: KEPT,
        protocolVersion: KEPT,
        serverInfo: IMPLEMENTATION,
        nextCursor: KEPT,
        structuredContent: { members: { success: KEPT, error_type: KEPT } },
        tools: NAMED,
        prompts: NAMED,
        _meta: META,
      },
    },
    error: { members: { code: KEPT } },
  },
}
