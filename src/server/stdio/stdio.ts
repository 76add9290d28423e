// Serves one MCP client over stdin and stdout until it disconnects.
import type { Readable, Writable } from 'node:stream'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { trackConnection } from 'mcp-vitals'
import type { McpListener } from '../http/http.ts'
import { MAX_BODY_BYTES } from '../http/json-body.ts'
import { followRequests } from '../pending-requests.ts'
import { boundedLines } from './bounded-lines.ts'

interface StdioOptions {
  readonly server: Server
  readonly stdin: Readable
  readonly stdout: Writable
}

export async function serveStdio({ server, stdin, stdout }: StdioOptions): Promise<McpListener> {
  const gone = Promise.withResolvers<void>()
  // If a client does not read answers, its requests are not read either, so that answers do not pile up in memory.
  const held = () => (stdout.writableNeedDrain ? Promise.race([once(stdout, 'drain'), gone.promise]) : undefined)
  const lines = boundedLines({ maxBytes: MAX_BODY_BYTES, held })
  const transport = new StdioServerTransport(lines, stdout)
  const pending = followRequests(transport)
  // The SDK does not answer a line that is not a message (JSON-RPC 2.0, section 5.1).
  transport.onerror = (error) => {
    if (stdout.writable) stdout.write(`${JSON.stringify(lineError(error))}\n`)
  }

  // The client has disconnected when it closes either pipe.
  stdout.on('error', () => gone.resolve())
  stdout.on('close', () => gone.resolve())
  stdin.on('error', () => lines.end())
  stdin.on('close', () => lines.end())
  lines.on('end', () => gone.resolve())

  await server.connect(transport)
  stdin.pipe(lines)
  void gone.promise.then(trackConnection('stdio'))
  return {
    url: undefined,
    closed: gone.promise,
    // It has no file.
    reload: () => Promise.resolve(),
    async stop(graceMs) {
      stdin.unpipe(lines)
      if (!stdout.destroyed) await pending.settled(graceMs)
      if (!stdout.destroyed) await pending.answerAll('The server is stopping.')
      await server.close()
      gone.resolve()
      if (stdout.destroyed) return
      // Within the caller's deadline, because the last line must reach the pipe before the process exits.
      await new Promise<void>((resolve) => stdout.end(resolve))
    },
  }
}

function once(stream: Writable, event: string): Promise<void> {
  return new Promise((resolve) => stream.once(event, () => resolve()))
}

function lineError(error: Error) {
  const isJson = !(error instanceof SyntaxError)
  const code = isJson ? -32_600 : -32_700
  return {
    jsonrpc: '2.0',
    id: null,
    error: { code, message: isJson ? 'The line is not a JSON-RPC message.' : 'The line is not JSON.' },
  }
}
