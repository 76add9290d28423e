// Writes a request of revision 2026-07-28, which has no session: each names its revision, its client and what that client can do.
import { MCP_HEADERS } from './raw-http.ts'

const REVISION = '2026-07-28'

/** The headers and body of a POST. `params` are in addition to those that each request has. */
export function statelessRequest(method: string, params: object = {}) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': REVISION,
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const name = 'name' in params ? { 'mcp-name': String(params.name) } : {}
  return {
    headers: { ...MCP_HEADERS, 'mcp-protocol-version': REVISION, 'mcp-method': method, ...name },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  }
}
