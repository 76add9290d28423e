// Watches one connection of a server or a client: every message that passes, whatever its source. Server and client are watched
// alike, because in MCP each of them sends requests and each answers; only a server's `tools/call` has the lab's series as well.
import { context, trace } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { CANCELLED, NOT_SENT, TASK } from '../outcome/outcome.ts'
import { member, textMember } from '../outcome/read-value.ts'
import { auditCall, auditsCalls } from '../record/audit.ts'
import { instruments } from '../record/instruments.ts'
import { remembered } from '../record/remembered.ts'
import { errorMessage, requestAttributes, resultAttributes } from './captured-content.ts'
import { clientLabel, clientNameOf } from './client-name.ts'
import type { NotificationMessage, RequestMessage, ResponseMessage } from './json-rpc.ts'
import { readMessage } from './json-rpc.ts'
import { createMcpSession } from './mcp-session.ts'
import type { NetworkFacts } from './network.ts'
import type { Ending, Side } from './operation.ts'
import { boundedMethod, CANCELLED_BY_CALLER, CONNECTION_CLOSED, endingOf, TIMED_OUT, targetName } from './operation.ts'
import { injectContext } from './operation-span.ts'
import type { Party } from './party.ts'
import { createPending } from './pending.ts'
import { closingCancels, protocolVersionIn, versionLabel } from './protocol-version.ts'
import type { Start } from './running-operation.ts'
import { RunningOperation } from './running-operation.ts'
import { beginToolCall } from './tool-call.ts'
import type { ReceivedFacts, SendFacts, Sending, Watcher } from './watcher.ts'

/** What the source of the messages knows of a connection. */
export interface ConnectionFacts {
  readonly network: NetworkFacts
  /** The id of the session, where the transport has one; asked anew, since a server chooses it late. */
  sessionId?(): string | undefined
  /** What is known of a connection that was open before it was watched. */
  readonly open?: OpenConnection
}

export interface OpenConnection {
  readonly clientName?: string | undefined
  readonly protocolVersion?: string | undefined
  /** Whether `initialize` has been answered. */
  readonly initialized: boolean
}

const NO_FACTS: ReceivedFacts = {}
const runAsIs: Sending['run'] = (send) => send()
const waits = ({ replied }: RunningOperation) => !replied
const sends = (candidate: RunningOperation) => waits(candidate) && candidate.toolCall?.tool.isRunning?.() === true

const requestsOf = remembered((client, version) =>
  instruments.clientRequests.bind({ 'client.name': client, 'protocol.version': version }),
)

/** Makes the watcher of one connection of `party`. */
export function watchConnection({ network, sessionId, open }: ConnectionFacts, party: Party): Watcher {
  const { settings } = party
  const session = createMcpSession(party.kind, network)
  const inbound = createPending<RunningOperation>()
  const outbound = createPending<RunningOperation>()
  let clientName = open?.clientName
  // A stateless HTTP server answers `initialize` and forgets it: there is no session whose end could be seen.
  const hasSession = () => network.networkProtocol !== 'http' || sessionId?.() !== undefined
  if (open?.initialized === true && hasSession()) session.open(performance.now())

  const connection = {
    agreedVersion: open?.protocolVersion,
    label: party.label,
    ended(operation: RunningOperation, outcome: Outcome | undefined, seconds: number): void {
      const { id, facts, caller } = operation
      if (id === undefined) return
      const isServers = facts.side === 'server'
      const pending = isServers ? inbound : outbound
      pending.remove(id, operation)
      if (party.kind !== 'server' || !isServers) return
      speaks(operation.version)
      const client = clientLabel(caller ?? clientName, settings.clients)
      if (outcome !== undefined && auditsCalls()) {
        const { toolCall, principal } = operation
        auditCall({ tool: toolCall?.tool.label ?? OTHER, ...outcome, seconds, client, principal }, operation.context)
      }
      requestsOf(client, versionLabel(operation.version) ?? OTHER).record(1, operation.context)
    },
  }
  const spanAttributes: Start['spanAttributes'] = (message) =>
    requestAttributes(message, sessionId?.(), settings.capture)

  const start = (
    side: Side,
    message: RequestMessage | NotificationMessage,
    received: ReceivedFacts = NO_FACTS,
  ): RunningOperation => {
    const { method, params } = message
    const id = 'id' in message ? message.id : undefined
    const name = targetName(method, params)
    const caller = clientNameOf(method, params)
    if (method === 'initialize') clientName = caller
    const isClient = side === 'client'
    const tool =
      !isClient && method === 'tools/call' ? party.calledTool?.(name ?? '', member(params, 'arguments')) : undefined
    const operation = new RunningOperation({
      facts: {
        side,
        method: boundedMethod(method),
        target: name === undefined ? undefined : (tool?.label ?? party.label(method, name)),
        networkTransport: network.networkTransport,
        networkProtocol: network.networkProtocol,
        networkProtocolVersion: network.networkProtocolVersion,
        jsonRpcVersion: message.jsonrpc === '2.0' ? undefined : textMember(message, 'jsonrpc'),
        serverAddress: isClient ? network.serverAddress : undefined,
        serverPort: isClient ? network.serverPort : undefined,
      },
      message,
      version: protocolVersionIn(params) ?? received.protocolVersion,
      caller,
      name,
      deadlineMs: id === undefined ? undefined : settings.deadlineMs(name),
      trustTraceContext: settings.trustTraceContext,
      spanAttributes,
      connection,
    })
    if (tool !== undefined)
      operation.toolCall = beginToolCall(params, tool, settings, operation.context, received.argumentBytes)
    if (received.principal !== undefined) operation.principal = received.principal
    if (id !== undefined) {
      const pending = isClient ? outbound : inbound
      pending.add(id, operation)
      if (method.startsWith('tasks/')) operation.subject = textMember(params, 'taskId')
      else if (method.endsWith('/list')) operation.subject = textMember(params, 'cursor')
    }
    return operation
  }

  /** Looks into the answer to an operation, whichever side gave it, before the operation ends. */
  const learn = (operation: RunningOperation, response: ResponseMessage): void => {
    const { method } = operation
    if (settings.capture.has('error_message')) operation.failure = errorMessage(response)
    if (response.error !== undefined) return
    party.listed(method, response.result)
    if (method === 'tools/call' && settings.capture.has('result')) {
      trace.getSpan(operation.context)?.setAttributes(resultAttributes(response, settings.capture))
    }
    if (method !== 'initialize') return
    connection.agreedVersion = textMember(response.result, 'protocolVersion')
    if (hasSession()) session.open(operation.startedAt)
  }

  const cancelled = (pending: typeof inbound, { params }: NotificationMessage, ending: Ending): void => {
    const id = member(params, 'requestId')
    if (typeof id !== 'string' && typeof id !== 'number') return
    pending.find(id, waits)?.end(ending, CANCELLED)
  }

  const reply = (response: ResponseMessage, resultBytes?: number): Sending | undefined => {
    // Of several calls under one id, the reply is that of the call whose code sends it.
    const operation = inbound.find(response.id, sends) ?? inbound.find(response.id, waits)
    if (operation === undefined) return undefined
    operation.replied = true
    learn(operation, response)
    const outcome = operation.toolCall?.judge(response, resultBytes)
    follow(operation, response, { outcome, resultBytes })
    const ending = outcome === NOT_SENT ? CONNECTION_CLOSED : endingOf('server', response)
    return {
      message: response,
      run: runAsIs,
      settled: (notSent) => (notSent ? operation.end(CONNECTION_CLOSED, NOT_SENT) : operation.end(ending, outcome)),
    }
  }

  /** What an answer says of the server itself: its tasks, its lists, its revision. */
  const follow = (
    { method, subject, toolCall, context }: RunningOperation,
    response: ResponseMessage,
    { outcome, resultBytes }: { readonly outcome: Outcome | undefined; readonly resultBytes: number | undefined },
  ) => {
    if (outcome === TASK) party.tasks?.created(response.result, toolCall?.tool.label ?? OTHER, context)
    if (toolCall !== undefined) return
    if (method.startsWith('tasks/')) party.tasks?.answered(method, subject, response)
    else if (settings.sizes && method.endsWith('/list')) {
      const { result } = response
      party.definitions?.answered({ method, cursor: subject, result, scannedBytes: resultBytes, active: context })
    }
  }
  /** The revision that was spoken last: each is told once. */
  let spoken: string | undefined
  const speaks = (version: string | undefined) => {
    if (version === undefined || version === spoken) return
    spoken = version
    party.speaks?.(version)
  }

  const send = (message: RequestMessage | NotificationMessage, { abandoned }: SendFacts = {}): Sending => {
    const operation = start('client', message)
    if ('id' in message) {
      abandoned?.addEventListener('abort', () => operation.end(CANCELLED_BY_CALLER), { once: true })
    }
    return {
      message: injectContext(message, operation.context, network.serverAddress),
      run: (send) => (operation.isTraced ? context.with(operation.context, send) : send()),
      settled(notSent) {
        if (notSent) operation.end(CONNECTION_CLOSED)
        else if (!('id' in message)) operation.end({})
      },
    }
  }

  return {
    received(message, facts) {
      const read = readMessage(message)
      if (read === undefined) return undefined
      if (read.kind === 'response') {
        const operation = outbound.find(read.response.id)
        if (operation === undefined) return undefined
        learn(operation, read.response)
        operation.end(endingOf('client', read.response))
        return undefined
      }
      if (read.kind === 'notification') {
        const { notification } = read
        if (notification.method === 'notifications/cancelled') cancelled(inbound, notification, CANCELLED_BY_CALLER)
        const operation = start('server', notification, facts)
        return (deliver) => {
          try {
            return operation.isTraced ? context.with(operation.context, deliver) : deliver()
          } finally {
            operation.end({})
          }
        }
      }
      const { context: active, toolCall, isTraced } = start('server', read.request, facts)
      const run = toolCall?.tool.run
      if (!isTraced) return run
      return (deliver) => context.with(active, () => (run === undefined ? deliver() : run(deliver)))
    },

    sending(message, facts) {
      const read = readMessage(message)
      if (read === undefined) return undefined
      if (read.kind === 'response') return reply(read.response, facts?.resultBytes)
      if (read.kind === 'request') return send(read.request, facts)
      const { notification } = read
      if (notification.method === 'notifications/cancelled') {
        // The SDKs cancel on their own time-out too, and only the reason tells.
        const reason = textMember(notification.params, 'reason') ?? ''
        cancelled(outbound, notification, /timed out|timeout/i.test(reason) ? TIMED_OUT : CANCELLED_BY_CALLER)
      }
      if (notification.method.startsWith('notifications/tasks')) party.tasks?.notified(notification.params)
      return send(notification)
    },

    closed() {
      let isCut = outbound.all().length > 0
      for (const operation of inbound.all()) {
        const byClosing = closingCancels(operation.version, network)
        isCut ||= !byClosing && !operation.replied
        const close = () =>
          byClosing ? operation.end(CANCELLED_BY_CALLER, CANCELLED) : operation.end(CONNECTION_CLOSED, NOT_SENT)
        // A reply that is on its way may have been what the transport closes after: it settles first, or never.
        if (operation.replied) setImmediate(close)
        else close()
      }
      for (const operation of outbound.all()) operation.end(CONNECTION_CLOSED)
      session.close(connection.agreedVersion, isCut ? CONNECTION_CLOSED : {})
    },
  }
}
