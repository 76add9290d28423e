// A status and what to say in, a whole small answer out.
import type { ServerResponse } from 'node:http'

/** Ends a response with one line of text. */
export function answer(
  response: ServerResponse,
  status: number,
  line: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  end(response, status, `${line}\n`, { 'content-type': 'text/plain; charset=utf-8', ...headers })
}

/** Ends a response with a value as JSON. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  end(response, status, JSON.stringify(value), {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
}

function end(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, {
    'content-length': String(Buffer.byteLength(body)),
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(body)
}
