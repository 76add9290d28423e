// Runs one operation from its start to its end, exactly once: its deadline, its span, its duration.
import type { Context, Span } from '@opentelemetry/api'
import { context } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import { LISTEN } from '../catalog/protocol-values.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { failed, NOT_SENT } from '../outcome/outcome.ts'
import { textMember } from '../outcome/read-value.ts'
import type { Entry } from '../record/batches.ts'
import { inBatch } from '../record/batches.ts'
import { followMeterProvider, instruments } from '../record/instruments.ts'
import { recentCalls } from '../record/recent-calls.ts'
import type { EndedCall } from './call-rows.ts'
import { recordCall } from './call-rows.ts'
import type { Deadline, Waiting } from './deadlines.ts'
import { waitingNow } from './deadlines.ts'
import type { MessageId, NotificationMessage, RequestMessage } from './json-rpc.ts'
import type { NetworkFacts } from './network.ts'
import { observedNow } from './observed-at.ts'
import type { Ending, OperationFacts, Side } from './operation.ts'
import { boundedMethod, CONNECTION_CLOSED, operationAttributes, SUCCEEDED, TIMED_OUT, targetName } from './operation.ts'
import { endSpan, isTracing, startSpan } from './operation-span.ts'
import { versionLabel } from './protocol-version.ts'
import type { ToolCall } from './tool-call.ts'
import type { Sending } from './watcher.ts'

export interface Start {
  readonly side: Side
  readonly message: RequestMessage | NotificationMessage
  /** Undefined for a notification. */
  readonly id: MessageId | undefined
  /** The tool or prompt that the message names, as it can stand on metrics. */
  readonly target: string | undefined
  /** The protocol revision that the message names. */
  readonly version: string | undefined
  /** The client that the message names. */
  readonly caller: string | undefined
  /** Undefined for what has no reply to wait for. */
  readonly deadline: Deadline | undefined
}

/** The connection that an operation belongs to. */
export interface OperationOwner {
  readonly network: NetworkFacts
  /** The revision that was agreed on; an `initialize` learns it from its answer. */
  readonly agreedVersion: string | undefined
  /** Whether the context in `_meta` becomes the span's parent; undefined for the process's setting. */
  readonly trustTraceContext: boolean | undefined
  /** The name of a tool or prompt as it can stand on metrics now: a server that runs elsewhere may have said meanwhile what it offers. */
  label(method: string, name: string): string
  /** Attributes for the span alone, asked for where there is one. */
  spanAttributes(message: Start['message']): Record<string, string>
  /** An operation has ended: called once for each. */
  ended(operation: RunningOperation): void
}

/** One object of fixed shape for an operation, which is also the sending of its reply, and no closure. */
export class RunningOperation implements OperationFacts, Waiting, Sending, EndedCall, Entry {
  readonly side: Side
  /** A method of the protocol, or `_OTHER`. */
  readonly method: string
  target: string | undefined
  readonly jsonRpcVersion: string | undefined
  readonly network: NetworkFacts
  readonly id: MessageId | undefined
  readonly context: Context
  readonly startedAt = observedNow()
  readonly caller: string | undefined
  toolCall: ToolCall | undefined
  /** The task that a request about tasks names, or the cursor of a list. */
  subject: string | undefined
  /** Who is authenticated, where calls are audited. */
  principal: string | undefined
  /** The text of its error, if spans are to have it. */
  failure: string | undefined
  /** The reply, once one is on its way: the next reply to the same id belongs to the next operation. */
  message: unknown
  earlier: Waiting | undefined
  later: Waiting | undefined
  /** How it ends, and of a tool call its outcome. */
  ending = SUCCEEDED
  outcome: Outcome | undefined
  seconds = 0
  /** The protocol revision and the client as they can stand on metrics; the client of a request to a server. */
  revision: string | undefined
  client: string | undefined
  #params: unknown
  readonly #span: Span | undefined
  readonly #ownVersion: string | undefined
  readonly #connection: OperationOwner
  readonly #deadline: Deadline | undefined
  #ended = false

  constructor(connection: OperationOwner, { side, message, id, target, version, caller, deadline }: Start) {
    this.side = side
    this.method = boundedMethod(message.method)
    this.target = target
    this.jsonRpcVersion = message.jsonrpc === '2.0' ? undefined : textMember(message, 'jsonrpc')
    this.network = connection.network
    this.id = id
    this.caller = caller
    this.#params = message.params
    this.#ownVersion = version
    this.#connection = connection
    if (isTracing()) {
      const meta = side === 'server' ? message.params?.['_meta'] : undefined
      const attributes = { ...operationAttributes(this, SUCCEEDED), ...connection.spanAttributes(message) }
      const started = startSpan(this, attributes, meta, connection.trustTraceContext)
      this.#span = started.span
      this.context = started.context
    } else {
      this.#span = undefined
      this.context = context.active()
    }
    if (isStream(this)) instruments.activeSubscriptions.record(1)
    // Only closes the books: a late reply goes out as usual and finds nothing to count.
    this.#deadline = this.method === LISTEN ? undefined : deadline
    this.#deadline?.add(this)
  }

  /** The protocol revision it belongs to. */
  get version(): string | undefined {
    return this.#ownVersion ?? this.#connection.agreedVersion
  }

  /** Whether its code has to run in `context`, since something is in there that was not before. */
  get isTraced(): boolean {
    return this.#span !== undefined
  }

  /** Undefined if it is not traced. */
  get traceId(): string | undefined {
    return this.#span?.spanContext().traceId
  }

  get isReplied(): boolean {
    return this.message !== undefined
  }

  expire(): void {
    this.end(TIMED_OUT, failed('timeout'))
  }

  /** Notes the reply that ends it when it is sent. */
  reply(message: object, ending: Ending, outcome: Outcome | undefined): void {
    this.message = message
    this.ending = ending
    this.outcome = outcome
  }

  settled(notSent: boolean): void {
    if (notSent) this.end(CONNECTION_CLOSED, NOT_SENT)
    else this.end(this.ending, this.outcome)
  }

  /** Ends it; later calls do nothing. `outcome` is of a tool call. */
  end(ending: Ending, outcome?: Outcome): void {
    if (this.#ended) return
    this.seconds = (observedNow() - this.startedAt) / 1000
    this.ending = ending
    this.outcome = outcome
    const { toolCall } = this
    if (toolCall !== undefined) this.target = toolCall.tool.label
    else if (this.target !== undefined) {
      this.target = this.#connection.label(this.method, targetName(this.method, this.#params) as string)
    }
    this.revision = versionLabel(this.version)
    const isMetered = followMeterProvider()
    this.#close(isMetered)
    if (this.#span !== undefined) {
      endSpan(this.#span, ending, operationAttributes(this, ending, this.revision), this.failure)
    }
    this.#connection.ended(this)
    if (!isMetered) return
    // An exemplar has the time of its recording.
    if (toolCall === undefined || this.isTraced) this.record()
    else inBatch(this)
  }

  /** Forgets it: nothing of it is recorded. Its span is never ended, and so never exported. */
  discard(): void {
    if (!this.#ended) this.#close(false)
  }

  #close(isMetered: boolean): void {
    this.#ended = true
    this.#deadline?.delete(this)
    if (isStream(this)) instruments.activeSubscriptions.record(-1)
    this.toolCall?.end(this.#params, this.context, this.isReplied, isMetered)
    // It may wait to be recorded, and keeps nothing large alive.
    this.#params = undefined
    if (this.isReplied) this.message = null
  }

  record(): void {
    const { method, toolCall, outcome, seconds, client, revision, context: active } = this
    if (toolCall !== undefined && outcome !== undefined) {
      recordCall(this)
      const { status, errorType } = outcome
      recentCalls?.add(
        this.startedAt,
        seconds,
        this.target ?? OTHER,
        status,
        errorType,
        client ?? '',
        revision,
        this.traceId,
      )
      return
    }
    if (method !== LISTEN) {
      const duration =
        this.side === 'server' ? instruments.serverOperationDuration : instruments.clientOperationDuration
      duration.record(seconds, operationAttributes(this, this.ending, revision) as Record<string, string>, active)
    }
    if (client === undefined) return
    instruments.clientRequests.record(1, { 'client.name': client, 'protocol.version': revision ?? OTHER }, active)
  }
}

/** A tool call that has come in and has not ended. */
export interface OpenCall {
  /** When it came in, in milliseconds since the epoch. */
  readonly at: number
  /** Bounded, as on metrics. */
  readonly tool: string
  readonly traceId: string | undefined
}

/** The tool calls of this process that are under way, the oldest first: at most `most`. Those without a deadline are not known. */
export function openCalls(most: number): OpenCall[] {
  const calls: OpenCall[] = []
  const { timeOrigin } = performance
  for (const waiting of waitingNow()) {
    if (!(waiting instanceof RunningOperation)) continue
    const { toolCall, startedAt, traceId } = waiting
    if (toolCall !== undefined) calls.push({ at: timeOrigin + startedAt, tool: toolCall.tool.label, traceId })
    if (calls.length === most) break
  }
  return calls.sort((a, b) => a.at - b.at)
}

function isStream({ method, side }: OperationFacts): boolean {
  return method === LISTEN && side === 'server'
}
