// Watches one connection of a server or a client: every message that passes, whatever its source. Server and client are watched
// alike, because in MCP each of them sends requests and each answers; only a server's `tools/call` has the lab's series as well.
import { context, trace } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { CANCELLED, NOT_SENT, TASK } from '../outcome/outcome.ts'
import { member, textMember } from '../outcome/read-value.ts'
import { auditCall, auditsCalls } from '../record/audit.ts'
import { followMeterProvider } from '../record/instruments.ts'
import { errorMessage, requestAttributes, resultAttributes } from './captured-content.ts'
import { clientLabel, clientNameOf } from './client-name.ts'
import { deadlineOf } from './deadlines.ts'
import type { MessageId, NotificationMessage, RequestMessage, ResponseMessage } from './json-rpc.ts'
import { messageKind } from './json-rpc.ts'
import { createMcpSession } from './mcp-session.ts'
import type { NetworkFacts } from './network.ts'
import type { Ending, Side } from './operation.ts'
import { CANCELLED_BY_CALLER, CONNECTION_CLOSED, endingOf, TIMED_OUT, targetName } from './operation.ts'
import { injectContext } from './operation-span.ts'
import type { Party } from './party.ts'
import { createPending } from './pending.ts'
import { closingCancels, protocolVersionIn } from './protocol-version.ts'
import { RunningOperation } from './running-operation.ts'
import { ToolCall } from './tool-call.ts'
import type { ProxyWatcher, ReceivedFacts, SendFacts, Sending } from './watcher.ts'

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
const waits = ({ isReplied }: RunningOperation) => !isReplied
const sends = ({ toolCall }: RunningOperation) => toolCall?.tool.isRunning?.() === true

/** Makes the watcher of one connection of `party`. */
export function watchConnection({ network, sessionId, open }: ConnectionFacts, party: Party): ProxyWatcher {
  const { settings } = party
  const session = createMcpSession(party.kind, network)
  const inbound = createPending<RunningOperation>()
  const outbound = createPending<RunningOperation>()
  let clientName = open?.clientName
  // A stateless HTTP server answers `initialize` and forgets it: there is no session whose end could be seen.
  const hasSession = () => network.networkProtocol !== 'http' || sessionId?.() !== undefined
  if (open?.initialized === true && hasSession()) session.open(performance.now())

  const connection = {
    network,
    agreedVersion: open?.protocolVersion,
    trustTraceContext: settings.trustTraceContext,
    label: party.label,
    spanAttributes: (message: RequestMessage | NotificationMessage) =>
      requestAttributes(message, sessionId?.(), settings.capture),
    ended(operation: RunningOperation): void {
      const { id, side, caller, outcome, seconds, principal } = operation
      if (id === undefined) return
      const isServers = side === 'server'
      const pending = isServers ? inbound : outbound
      pending.remove(id, operation)
      if (party.kind !== 'server' || !isServers) return
      speaks(operation.version)
      const client = clientLabel(caller ?? clientName, settings.clients)
      operation.client = client
      if (outcome === undefined || !auditsCalls()) return
      auditCall({ tool: operation.target ?? OTHER, ...outcome, seconds, client, principal }, operation.context)
    },
  }

  /** `id` is undefined for a notification. */
  const start = (
    side: Side,
    message: RequestMessage | NotificationMessage,
    id: MessageId | undefined,
    received: ReceivedFacts = NO_FACTS,
  ): RunningOperation => {
    const { method, params } = message
    const name = targetName(method, params)
    const caller = clientNameOf(method, params)
    if (method === 'initialize') clientName = caller
    const isServers = side === 'server'
    const tool =
      isServers && method === 'tools/call' ? party.calledTool?.(name ?? '', member(params, 'arguments'), id) : undefined
    const operation = new RunningOperation(connection, {
      side,
      message,
      id,
      target: name === undefined ? undefined : (tool?.label ?? party.label(method, name)),
      version: protocolVersionIn(params) ?? received.protocolVersion,
      caller,
      deadline: id === undefined ? undefined : deadlineOf(settings.deadlineMs(name)),
    })
    if (tool !== undefined) {
      followMeterProvider()
      operation.toolCall = new ToolCall(tool, settings, received.argumentBytes)
    }
    if (received.principal !== undefined) operation.principal = received.principal
    if (id !== undefined) {
      const pending = isServers ? inbound : outbound
      pending.add(id, operation)
      if (method.startsWith('tasks/')) operation.subject = textMember(params, 'taskId')
      else if (method.endsWith('/list')) operation.subject = textMember(params, 'cursor')
    }
    return operation
  }

  /** Looks into the answer to an operation, whichever side gave it, before the operation ends. */
  const learn = (operation: RunningOperation, response: ResponseMessage): void => {
    const { method } = operation
    if (operation.isTraced) {
      if (settings.capture.has('error_message')) operation.failure = errorMessage(response)
      if (response.error === undefined && method === 'tools/call' && settings.capture.has('result')) {
        trace.getSpan(operation.context)?.setAttributes(resultAttributes(response, settings.capture))
      }
    }
    if (response.error !== undefined || method === 'tools/call') return
    party.listed(method, response.result)
    if (method !== 'initialize') return
    connection.agreedVersion = textMember(response.result, 'protocolVersion')
    if (hasSession()) session.open(operation.startedAt)
  }

  const cancelled = (pending: typeof inbound, { params }: NotificationMessage, ending: Ending): void => {
    const id = member(params, 'requestId')
    if (typeof id !== 'string' && typeof id !== 'number') return
    pending.find(id, waits)?.end(ending, CANCELLED)
  }

  const waitingFor = (message: unknown): RunningOperation | undefined => {
    return messageKind(message) === 'request' ? inbound.find((message as RequestMessage).id, waits) : undefined
  }

  const reply = (response: ResponseMessage, resultBytes?: number): Sending | undefined => {
    // Of several calls under one id, the reply is that of the call whose code sends it.
    const operation = inbound.find(response.id, waits, sends)
    if (operation === undefined) return undefined
    learn(operation, response)
    const outcome = operation.toolCall?.judge(response, resultBytes, followMeterProvider() || operation.isTraced)
    follow(operation, response, outcome, resultBytes)
    operation.reply(response, outcome === NOT_SENT ? CONNECTION_CLOSED : endingOf('server', response), outcome)
    return operation
  }

  /** What an answer says of the server itself: its tasks, its lists, its revision. */
  const follow = (
    { method, subject, toolCall, context }: RunningOperation,
    response: ResponseMessage,
    outcome: Outcome | undefined,
    resultBytes: number | undefined,
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

  const send = (
    message: RequestMessage | NotificationMessage,
    id: MessageId | undefined,
    { abandoned }: SendFacts = {},
  ): Sending => {
    const operation = start('client', message, id)
    if (id !== undefined) {
      abandoned?.addEventListener('abort', () => operation.end(CANCELLED_BY_CALLER), { once: true })
    }
    return {
      message: injectContext(message, operation.context, network.serverAddress),
      run: operation.isTraced ? (send) => context.with(operation.context, send) : undefined,
      settled(notSent) {
        if (notSent) operation.end(CONNECTION_CLOSED)
        else if (id === undefined) operation.end({})
      },
    }
  }

  return {
    received(message, facts) {
      switch (messageKind(message)) {
        case 'request': {
          const request = message as RequestMessage
          const { context: active, toolCall, isTraced } = start('server', request, request.id, facts)
          const tool = toolCall?.tool.run === undefined ? undefined : toolCall.tool
          if (!isTraced && tool === undefined) return undefined
          const handOn = <T>(deliver: () => T) => (tool?.run === undefined ? deliver() : tool.run(deliver))
          return isTraced ? (deliver) => context.with(active, () => handOn(deliver)) : handOn
        }
        case 'response': {
          const response = message as ResponseMessage
          const operation = outbound.find(response.id)
          if (operation === undefined) return undefined
          learn(operation, response)
          operation.end(endingOf('client', response))
          return undefined
        }
        case 'notification': {
          const notification = message as NotificationMessage
          if (notification.method === 'notifications/cancelled') cancelled(inbound, notification, CANCELLED_BY_CALLER)
          const operation = start('server', notification, undefined, facts)
          return (deliver) => {
            try {
              return operation.isTraced ? context.with(operation.context, deliver) : deliver()
            } finally {
              operation.end({})
            }
          }
        }
        default:
          return undefined
      }
    },

    sending(message, facts) {
      switch (messageKind(message)) {
        case 'response':
          return reply(message as ResponseMessage, facts?.resultBytes)
        case 'request':
          return send(message as RequestMessage, (message as RequestMessage).id, facts)
        case 'notification': {
          const notification = message as NotificationMessage
          if (notification.method === 'notifications/cancelled') {
            // The SDKs cancel on their own time-out too, and only the reason tells.
            const reason = textMember(notification.params, 'reason') ?? ''
            cancelled(outbound, notification, /timed out|timeout/i.test(reason) ? TIMED_OUT : CANCELLED_BY_CALLER)
          }
          if (notification.method.startsWith('notifications/tasks')) party.tasks?.notified(notification.params)
          return send(notification, undefined)
        }
        default:
          return undefined
      }
    },

    refused(message) {
      const operation = waitingFor(message)
      if (operation?.id === undefined) return
      operation.discard()
      inbound.remove(operation.id, operation)
    },

    unanswered(message) {
      waitingFor(message)?.end(CONNECTION_CLOSED, NOT_SENT)
    },

    closed() {
      let isCut = outbound.all().length > 0
      for (const operation of inbound.all()) {
        const byClosing = closingCancels(operation.version, network)
        isCut ||= !byClosing && !operation.isReplied
        const close = () =>
          byClosing ? operation.end(CANCELLED_BY_CALLER, CANCELLED) : operation.end(CONNECTION_CLOSED, NOT_SENT)
        // A reply that is on its way may have been what the transport closes after: it settles first, or never.
        if (operation.isReplied) setImmediate(close)
        else close()
      }
      for (const operation of outbound.all()) operation.end(CONNECTION_CLOSED)
      session.close(connection.agreedVersion, isCut ? CONNECTION_CLOSED : {})
    },
  }
}
