// Runs one operation from its start to its end, exactly once: its deadline, its span, its duration.
import type { Context, Span } from '@opentelemetry/api'
import { context } from '@opentelemetry/api'
import { LISTEN } from '../catalog/protocol-values.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { failed } from '../outcome/outcome.ts'
import { followMeterProvider, instruments } from '../record/instruments.ts'
import { remembered } from '../record/remembered.ts'
import type { Deadline } from './deadlines.ts'
import { deadlineOf } from './deadlines.ts'
import type { MessageId, RequestMessage } from './json-rpc.ts'
import type { Ending, OperationFacts } from './operation.ts'
import { operationAttributes, SUCCEEDED, TIMED_OUT } from './operation.ts'
import { endSpan, isTracing, startSpan } from './operation-span.ts'
import { versionLabel } from './protocol-version.ts'
import type { ToolCall } from './tool-call.ts'

export interface Start {
  readonly facts: OperationFacts
  readonly message: Pick<RequestMessage, 'method' | 'params'> & { readonly id?: MessageId }
  /** The protocol revision that the message names. */
  readonly version: string | undefined
  /** The tool or prompt that the message names, as it was sent. */
  readonly name: string | undefined
  /** The client that the message names. */
  readonly caller: string | undefined
  /** Milliseconds; undefined for what has no reply to wait for. */
  readonly deadlineMs: number | undefined
  /** Whether the context in `_meta` becomes the span's parent; undefined for the process's setting. */
  readonly trustTraceContext: boolean | undefined
  /** Attributes for the span alone, asked for where there is one. */
  spanAttributes(message: Start['message']): Record<string, string>
  /** What the operation belongs to. */
  readonly connection: OperationOwner
}

export interface OperationOwner {
  /** The revision that was agreed on; an `initialize` learns it from its answer. */
  readonly agreedVersion: string | undefined
  /** The name of a tool or prompt as it can stand on metrics now: a server that runs elsewhere may have said meanwhile what it offers. */
  label(method: string, name: string): string
  /** An operation has ended: called once for each. */
  ended(operation: RunningOperation, outcome: Outcome | undefined, seconds: number): void
}

/** One object of fixed shape for a call, and no closure. */
export class RunningOperation {
  readonly facts: OperationFacts
  /** The method as it was sent. */
  readonly method: string
  readonly id: MessageId | undefined
  readonly context: Context
  readonly startedAt = performance.now()
  readonly caller: string | undefined
  readonly #name: string | undefined
  toolCall: ToolCall | undefined
  /** The task that a request about tasks names, or the cursor of a list. */
  subject: string | undefined
  /** Who is authenticated, where calls are audited. */
  principal: string | undefined
  /** The text of its error, if spans are to have it. */
  failure: string | undefined
  /** True once a reply is on its way: the next reply to the same id belongs to the next operation. */
  replied = false
  readonly #span: Span | undefined
  readonly #ownVersion: string | undefined
  readonly #connection: OperationOwner
  readonly #deadline: Deadline | undefined
  #ended = false

  constructor({
    facts,
    message,
    version,
    name,
    caller,
    deadlineMs,
    trustTraceContext,
    spanAttributes,
    connection,
  }: Start) {
    this.facts = facts
    this.method = message.method
    this.id = message.id
    this.caller = caller
    this.#name = name
    this.#ownVersion = version
    this.#connection = connection
    if (isTracing()) {
      const meta = facts.side === 'server' ? message.params?.['_meta'] : undefined
      const attributes = { ...operationAttributes(facts, SUCCEEDED), ...spanAttributes(message) }
      const started = startSpan(facts, attributes, meta, trustTraceContext)
      this.#span = started.span
      this.context = started.context
    } else {
      this.#span = undefined
      this.context = context.active()
    }
    if (isStream(facts)) instruments.activeSubscriptions.record(1)
    // Only closes the books: a late reply goes out as usual and finds nothing to count.
    this.#deadline = deadlineMs !== undefined && facts.method !== LISTEN ? deadlineOf(deadlineMs) : undefined
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

  expire(): void {
    this.end(TIMED_OUT, failed('timeout'))
  }

  /** Ends it; later calls do nothing. `outcome` is of a tool call. */
  end(ending: Ending, outcome?: Outcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#deadline?.delete(this)
    const seconds = (performance.now() - this.startedAt) / 1000
    const { facts, toolCall } = this
    if (this.#name !== undefined) facts.target = toolCall?.tool.label ?? this.#connection.label(this.method, this.#name)
    const version = versionLabel(this.version)
    if (facts.method !== LISTEN) recordDuration(facts, ending, version, seconds, this.context)
    if (isStream(facts)) instruments.activeSubscriptions.record(-1)
    if (toolCall !== undefined && outcome !== undefined) toolCall.end(outcome, seconds, this.context)
    if (this.#span !== undefined) {
      endSpan(this.#span, ending, operationAttributes(facts, ending, version), this.failure)
    }
    this.#connection.ended(this, outcome, seconds)
  }
}

function isStream({ method, side }: OperationFacts): boolean {
  return method === LISTEN && side === 'server'
}

/** Of what a server did without an error, by network, method, target and revision. */
const succeeded = remembered((networkTransport, networkProtocol, networkProtocolVersion) =>
  remembered((method = '', target, version) => {
    const network = { networkTransport, networkProtocol, networkProtocolVersion }
    const facts = { side: 'server', method, target, ...network } as OperationFacts
    return instruments.serverOperationDuration.bind(operationAttributes(facts, SUCCEEDED, version) as never)
  }),
)

function recordDuration(
  facts: OperationFacts,
  ending: Ending,
  version: string | undefined,
  seconds: number,
  active: Context,
): void {
  const { side, method, target, networkTransport, networkProtocol, networkProtocolVersion } = facts
  const isPlain = ending.errorType === undefined && ending.rpcCode === undefined && facts.jsonRpcVersion === undefined
  if (side === 'server' && isPlain) {
    followMeterProvider()
    succeeded(networkTransport, networkProtocol, networkProtocolVersion)(method, target, version).record(
      seconds,
      active,
    )
    return
  }
  const duration = side === 'server' ? instruments.serverOperationDuration : instruments.clientOperationDuration
  duration.record(seconds, operationAttributes(facts, ending, version) as Record<string, string>, active)
}
