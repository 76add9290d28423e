// The HTTP agent of one exporter: private, so that the requests of one export can be watched and cut, without touching
// anybody else's. OTel's exporter has no setting for any of it, and hands each request to the agent that it is given.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClientRequest, Agent as HttpAgent, IncomingHttpHeaders } from 'node:http'
import type { Certificates } from './certificates.ts'
import type { ReadAnswer } from './export-answer.ts'
import { inspectAnswer } from './export-answer.ts'
import { reasonOf } from './export-error.ts'

/** The requests of one export: the first, and its retries. */
interface ExportRequests {
  /** Runs what sends them. */
  run(send: () => void): void
  /** What was wrong with the last answer, or the last connection. */
  readonly fault: string | undefined
  /** Where the last one went, without credentials. */
  readonly target: string | undefined
  /** Destroys those under way; no further one is sent. */
  cut(): void
}

export interface ExportAgent {
  /** For the exporter's `httpAgentOptions`. */
  readonly factory: (protocol: string) => Promise<HttpAgent>
  watch(): ExportRequests
  /** Destroys every connection; none is made any more. */
  close(): void
}

interface Watched {
  readonly pending: Set<ClientRequest>
  fault: string | undefined
  target: string | undefined
  isCut: boolean
}

/** Seconds before a retry, at the least. */
const LEAST_RETRY_SECONDS = 1

export function createExportAgent(certificates: Certificates, readAnswer: ReadAnswer): ExportAgent {
  const exporting = new AsyncLocalStorage<Watched>()
  const agents: HttpAgent[] = []
  let closed = false

  function watchRequests(agent: HttpAgent): void {
    const addRequest: (request: ClientRequest, ...rest: unknown[]) => void = Reflect.get(agent, 'addRequest')
    Reflect.set(agent, 'addRequest', (request: ClientRequest, ...rest: unknown[]) => {
      const watched = exporting.getStore()
      if (closed || watched?.isCut === true) return request.onSocket(...refusal())
      if (watched !== undefined) observe(request, watched)
      addRequest.call(agent, request, ...rest)
    })
  }

  function observe(request: ClientRequest, watched: Watched): void {
    watched.fault = undefined
    watched.target = `${request.protocol}//${request.getHeader('host')}${request.path.split('?')[0]}`
    watched.pending.add(request)
    request.once('close', () => watched.pending.delete(request))
    request.once('error', (error) => {
      watched.fault ??= reasonOf(error)
    })
    request.prependOnceListener('response', (answer) => {
      slowRetry(answer.headers)
      inspectAnswer(answer, readAnswer, (fault) => {
        watched.fault = fault
      })
    })
  }

  return {
    async factory(protocol) {
      const { Agent } = protocol === 'https:' ? await import('node:https') : await import('node:http')
      const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(protocol === 'https:' && certificates) })
      watchRequests(agent)
      agents.push(agent)
      return agent
    },
    watch() {
      const watched: Watched = { pending: new Set(), fault: undefined, target: undefined, isCut: false }
      return {
        run: (send) => exporting.run(watched, send),
        get fault() {
          return watched.fault
        },
        get target() {
          return watched.target
        },
        cut() {
          watched.isCut = true
          for (const request of watched.pending) request.destroy()
        },
      }
    },
    close() {
      closed = true
      for (const agent of agents) agent.destroy()
    },
  }
}

/** How Node's own agent tells a request that it gets no connection. */
function refusal(): Parameters<ClientRequest['onSocket']> {
  const [socket, error] = [null, new Error('the export was ended')] as const
  return [socket, error] as unknown as Parameters<ClientRequest['onSocket']>
}

/**
 * Raises a `Retry-After` below a second, or one that cannot be read: OTel's exporter takes both to mean at once, and sends
 * all its retries within milliseconds. The headers are the object that it reads them from afterwards.
 */
function slowRetry(headers: IncomingHttpHeaders): void {
  const wanted = headers['retry-after']
  if (wanted === undefined) return
  const number = Number.parseInt(wanted, 10)
  const seconds = Number.isInteger(number) ? number : (Date.parse(wanted) - Date.now()) / 1000
  if (!(seconds >= LEAST_RETRY_SECONDS)) headers['retry-after'] = String(LEAST_RETRY_SECONDS)
}
