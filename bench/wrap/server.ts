// The server of the benchmark: lists one tool, and answers each call with the text that it was given.
import { createInterface } from 'node:readline'

const TOOLS = { tools: [{ name: 'echo', inputSchema: { type: 'object', properties: { text: { type: 'string' } } } }] }
const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'bench', version: '1.0.0' },
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  const result =
    method === 'tools/call'
      ? { content: [{ type: 'text', text: params.arguments.text }] }
      : method === 'tools/list'
        ? TOOLS
        : INITIALIZED
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
})
