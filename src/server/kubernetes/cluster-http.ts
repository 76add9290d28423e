// Sends all requests of the Kubernetes client: measures and traces each one, limits the size of the answer, applies a
// deadline, and retries when the API asks for it.
import type { HttpLibrary, RequestContext } from '@kubernetes/client-node'
import { IsomorphicFetchHttpLibrary, ResponseContext, SelfDecodingBody, wrapHttpLibrary } from '@kubernetes/client-node'
import type { OperationStatus } from 'mcp-vitals'
import { recordKubernetesOperation, trackHttpRequest } from 'mcp-vitals'
import type { ApiOperation } from './api-path.ts'
import { operationOf } from './api-path.ts'
import type { ReadBody } from './read-body.ts'
import { bodyReader } from './read-body.ts'

export interface ClusterHttpOptions {
  /** For one call, retries and all; for a watch, until it starts. @default 15000 */
  readonly timeoutMs?: number
  /** Maximum bytes of an uncompressed body. @default 16 MiB */
  readonly maxBytes?: number
}

const MAX_RETRIES = 2
/** The longest wait that the API can request; the caller decides about longer ones. */
const LONGEST_WAIT_MS = 5_000
/** The server may close an idle connection at the moment when a request is sent. */
const LOST_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

export function createClusterHttp({ timeoutMs = 15_000, maxBytes = 16_777_216 }: ClusterHttpOptions = {}): HttpLibrary {
  const inner = new IsomorphicFetchHttpLibrary()
  const readBody = bodyReader(maxBytes)
  return wrapHttpLibrary({
    async send(request) {
      const ended = new AbortController()
      const cancel = () => ended.abort(given?.reason)
      const given = request.getSignal()
      if (given?.aborted) throw given.reason
      given?.addEventListener('abort', cancel, { once: true })
      const timer = setTimeout(() => ended.abort(new DOMException('no answer in time', 'TimeoutError')), timeoutMs)
      request.setSignal(ended.signal)
      let standing = false
      try {
        const operation = operationOf(request.getHttpMethod(), new URL(request.getUrl()))
        const response = await sendAgain(inner, request, { operation, readBody, signal: ended.signal })
        standing = isStanding(operation, response.httpStatusCode)
        return response
      } finally {
        clearTimeout(timer)
        // A stream lives on, and its signal with it.
        if (!standing) given?.removeEventListener('abort', cancel)
      }
    },
  })
}

interface Sending {
  readonly operation: ApiOperation
  readonly readBody: ReadBody
  readonly signal: AbortSignal
}

async function sendAgain(inner: HttpLibrary, request: RequestContext, sending: Sending): Promise<ResponseContext> {
  const reads = request.getHttpMethod() === 'GET'
  for (let attempt = 0; ; attempt++) {
    const more = reads && attempt < MAX_RETRIES
    try {
      const response = await sendOnce(inner, request, sending)
      const wait = more ? waitOf(response) : undefined
      if (wait === undefined) return response
      await pause(wait, sending.signal)
    } catch (error) {
      if (!more || sending.signal.aborted || !isLostConnection(error)) throw error
    }
  }
}

/** One HTTP request, one operation. */
async function sendOnce(
  inner: HttpLibrary,
  request: RequestContext,
  { operation, readBody, signal }: Sending,
): Promise<ResponseContext> {
  const startedAt = performance.now()
  const facts = { method: request.getHttpMethod(), url: request.getUrl(), template: operation.template }
  let status: OperationStatus = 'error'
  try {
    const response = await trackHttpRequest(facts, async ({ headers, answered }) => {
      for (const [name, value] of Object.entries(headers)) request.setHeaderParam(name, value)
      const begun = await inner.send(request).toPromise()
      answered(begun.httpStatusCode)
      if (isStanding(operation, begun.httpStatusCode)) return begun
      const body = new SelfDecodingBody(Promise.resolve(await readBody(begun.body.stream(), signal)))
      const whole = new ResponseContext(begun.httpStatusCode, begun.headers, body)
      checkForm(operation, whole)
      return whole
    })
    if (response.httpStatusCode < 400) status = 'success'
    return response
  } finally {
    recordKubernetesOperation(operation.operation, operation.resource, status, (performance.now() - startedAt) / 1_000)
  }
}

function isStanding({ operation }: ApiOperation, status: number): boolean {
  return operation === 'watch' && status === 200
}

/** A proxy or a login page in front of the API answers well, but not in its place; the client would take it for an empty object. */
function checkForm({ operation, resource }: ApiOperation, { httpStatusCode, headers }: ResponseContext): void {
  if (httpStatusCode >= 400 || operation === 'log' || resource === 'readyz') return
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) throw new SyntaxError('the answer is not JSON')
}

/** Milliseconds to wait before a retry; undefined if the API does not request one. */
function waitOf({ httpStatusCode, headers }: ResponseContext): number | undefined {
  if (httpStatusCode !== 429 && httpStatusCode < 500) return undefined
  const seconds = Number(headers['retry-after'] ?? (httpStatusCode === 429 ? 1 : Number.NaN))
  const wait = seconds * 1_000
  return wait >= 0 && wait <= LONGEST_WAIT_MS ? wait : undefined
}

function isLostConnection(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } }
  return LOST_CONNECTION.has(String(code)) || LOST_CONNECTION.has(String(cause?.code))
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
