// Passes one HTTP request to the server behind the proxy and its response back, byte by byte as they come.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from './exchange.ts'
import { headersForClient, headersForUpstream } from './pass-headers.ts'
import { refuse } from './refuse.ts'
import type { Upstream } from './upstream.ts'
import { countFailure } from './upstream.ts'

export interface PassOptions {
  readonly upstream: Upstream
  /** Undefined where the request is not MCP. */
  readonly exchange: Exchange | undefined
  readonly hasOwnToken: boolean
  readonly maxBodyBytes: number
}

export function passRequest(request: IncomingMessage, response: ServerResponse, options: PassOptions): void {
  const { upstream, exchange, hasOwnToken, maxBodyBytes } = options
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    exchange?.end('client')
    refuse(response, 413, `The request body is larger than ${maxBodyBytes} bytes.`)
    return
  }
  const onward = upstream.open(
    request.url ?? '/',
    request.method ?? 'GET',
    headersForUpstream(request, {
      host: upstream.url.host,
      withoutAuthorization: hasOwnToken,
      isRead: exchange !== undefined,
      isSecure: 'encrypted' in request.socket,
    }),
  )
  let isOver = false
  const end: Exchange['end'] = (how) => {
    if (isOver) return
    isOver = true
    exchange?.end(how)
  }
  passBody(request, onward, {
    maxBytes: maxBodyBytes,
    bytes: (chunk) => exchange?.requestBytes(chunk),
    ended: () => exchange?.requestEnd(),
    tooLong() {
      end('client')
      onward.destroy()
      refuse(response, 413, `The request body is larger than ${maxBodyBytes} bytes.`)
    },
  })
  onward.on('error', (error: unknown) => {
    if (isOver) return
    countFailure(error)
    end('upstream')
    if (response.headersSent) return void response.destroy()
    refuse(response, 502, 'The MCP server behind this proxy cannot be reached.')
  })
  onward.once('response', (answer) => {
    const { statusCode = 502, statusMessage = '' } = answer
    exchange?.responseHead(statusCode, answer.headers)
    response.sendDate = false
    response.writeHead(statusCode, statusMessage, headersForClient(answer, upstream.url))
    // The client of a stream waits for its headers before there is an event.
    response.flushHeaders()
    answer.on('data', (chunk: Buffer) => exchange?.responseBytes(chunk))
    answer.once('error', (error) => {
      if (!isOver) countFailure(error)
      end('upstream')
      response.destroy()
    })
    answer.once('end', () => end('complete'))
    answer.pipe(response)
  })
  response.once('close', () => {
    end('client')
    if (!onward.destroyed) onward.destroy()
  })
}

interface BodyOptions {
  readonly maxBytes: number
  readonly bytes: (chunk: Buffer) => void
  readonly ended: () => void
  readonly tooLong: () => void
}

function passBody(request: IncomingMessage, onward: NodeJS.WritableStream, options: BodyOptions): void {
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > options.maxBytes) {
      request.unpipe(onward)
      options.tooLong()
    } else {
      options.bytes(chunk)
    }
  })
  request.once('end', options.ended)
  request.on('error', () => {})
  request.pipe(onward)
}
