// Faults that the simulated API server of a test can be given.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ApiOperation } from '../../../src/server/kubernetes/api-path.ts'
import type { StatusReason } from '../../../src/server/simulated/status-error.ts'
import { StatusError } from '../../../src/server/simulated/status-error.ts'
import type { JsonObject } from '../../../src/server/simulated/wire.ts'

export type Trouble =
  /** Refuses with that reason; `retryAfter` in seconds, `message` in the body. */
  | { readonly kind: 'refuse'; readonly reason: StatusReason; readonly retryAfter?: number; readonly message?: string }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' }
  /** Answers after so many milliseconds. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Begins a body and closes the connection in the middle of it. */
  | { readonly kind: 'half closed' }
  /** Begins a body and sends no more of it. */
  | { readonly kind: 'stuck' }
  /** A list that goes on for so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Something in front of the server answers in its place. */
  | { readonly kind: 'not the API'; readonly body: string }

export interface Fault {
  readonly trouble: Trouble
  /** @default every request */
  readonly on?: (operation: ApiOperation) => boolean
  /** Requests that have it. @default all that come */
  readonly times?: number
}

export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** True if it answered, or is not going to; resolves when the request may go on. */
  befall(operation: ApiOperation, response: ServerResponse): Promise<boolean>
}

export function createFaults(): Faults {
  let faults: { fault: Fault; left: number }[] = []
  return {
    add(fault) {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
    },
    clear() {
      faults = []
    },
    async befall(operation, response) {
      const found = faults.find(({ fault, left }) => left > 0 && (fault.on?.(operation) ?? true))
      if (found === undefined) return false
      found.left -= 1
      return suffer(found.fault.trouble, response)
    },
  }
}

async function suffer(trouble: Trouble, response: ServerResponse): Promise<boolean> {
  switch (trouble.kind) {
    case 'refuse':
      refuse(trouble, response)
      return true
    case 'silent':
      return true
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, trouble.milliseconds).unref())
      return response.destroyed
    case 'half closed':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' })
      response.write('{"kind":"PodList","items":[', () => response.destroy())
      return true
    case 'stuck':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' })
      response.write('{"kind":"PodList","items":[')
      return true
    case 'huge':
      await writeHuge(trouble.bytes, response)
      return true
    case 'not the API':
      response.writeHead(200, { 'content-type': 'text/html' }).end(trouble.body)
      return true
  }
}

function refuse({ reason, retryAfter, message }: Trouble & { kind: 'refuse' }, response: ServerResponse): void {
  const error = new StatusError(reason, message ?? `the server was told to answer ${reason}`, {
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  } as JsonObject)
  response.writeHead(error.code, {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  })
  response.end(JSON.stringify(error.body))
}

async function writeHuge(bytes: number, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write(
    '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"huge","annotations":{"x":"',
  )
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const chunk = Buffer.alloc(65_536, 'x')
  for (let sent = 0; sent < bytes && !response.destroyed; sent += chunk.length) {
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => {})
  }
  response.end('"}}}]}')
}
