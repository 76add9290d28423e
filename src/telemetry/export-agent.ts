// The HTTP agent of one exporter: private, so that its connections can be cut without touching anybody else's.
import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from 'node:http'

/** Seconds to wait before a retry at the least; OTel's exporter takes `Retry-After: 0` to mean at once, five times. */
const LEAST_RETRY_SECONDS = 1

export interface ExportAgent {
  /** For the exporter's `httpAgentOptions`. */
  readonly factory: (protocol: string) => Promise<HttpAgent>
  /** Destroys every connection, also one in the middle of an answer. */
  cut(): void
}

export function createExportAgent(): ExportAgent {
  const agents: HttpAgent[] = []
  return {
    async factory(protocol) {
      const { Agent } = protocol === 'https:' ? await import('node:https') : await import('node:http')
      const agent = new Agent({ keepAlive: true, maxSockets: 4 })
      slowRetries(agent)
      agents.push(agent)
      return agent
    },
    cut() {
      for (const agent of agents) agent.destroy()
    },
  }
}

/**
 * Raises a `Retry-After` below a second. The agent is handed every request, and a listener put first sees the answer's
 * headers before the exporter does; the exporter itself has no setting for it.
 */
function slowRetries(agent: HttpAgent): void {
  const addRequest: (request: ClientRequest, ...rest: unknown[]) => void = Reflect.get(agent, 'addRequest')
  Reflect.set(agent, 'addRequest', (request: ClientRequest, ...rest: unknown[]) => {
    request.prependOnceListener('response', ({ headers }: IncomingMessage) => {
      const seconds = Number(headers['retry-after'])
      if (headers['retry-after'] !== undefined && seconds < LEAST_RETRY_SECONDS) {
        headers['retry-after'] = String(LEAST_RETRY_SECONDS)
      }
    })
    addRequest.call(agent, request, ...rest)
  })
}
