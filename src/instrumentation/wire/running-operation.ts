// Runs one operation from its start to its end, exactly once: its deadline, its span, its duration.
import type { Context } from '@opentelemetry/api'
import { LISTEN } from '../catalog/protocol-values.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { failed } from '../outcome/outcome.ts'
import { instruments } from '../record/instruments.ts'
import type { RequestMessage } from './json-rpc.ts'
import type { Ending, OperationFacts } from './operation.ts'
import { operationAttributes, TIMED_OUT } from './operation.ts'
import { endSpan, startSpan } from './operation-span.ts'
import { versionLabel } from './protocol-version.ts'
import type { ToolCall } from './tool-call.ts'

export interface RunningOperation {
  /** The method as it was sent. */
  readonly method: string
  readonly context: Context
  readonly startedAt: number
  readonly toolCall: ToolCall | undefined
  /** The protocol revision it belongs to. */
  version(): string | undefined
  /** The text of its error, if spans are to have it. */
  failure: string | undefined
  /** True once a reply is on its way: the next reply to the same id belongs to the next operation. */
  replied: boolean
  /** Ends it; later calls do nothing. `outcome` is of a tool call. */
  end(ending: Ending, outcome?: Outcome): void
}

export interface Start {
  readonly facts: OperationFacts
  readonly message: Pick<RequestMessage, 'method' | 'params'>
  /** Read at the end: an `initialize` learns its revision from its answer. */
  readonly version: () => string | undefined
  readonly toolCall?: ToolCall | undefined
  /** Milliseconds; undefined for what has no reply to wait for. */
  readonly deadlineMs?: number | undefined
  /** Whether the context in `_meta` becomes the span's parent; undefined for the process's setting. */
  readonly trustTraceContext?: boolean | undefined
  /** Attributes for the span alone. */
  readonly spanAttributes: Record<string, string>
  readonly onEnd?: () => void
}

export function startOperation(start: Start): RunningOperation {
  const { facts, message, toolCall } = start
  const startedAt = performance.now()
  const meta = facts.side === 'server' ? message.params?.['_meta'] : undefined
  const spanAttributes = { ...operationAttributes(facts, {}), ...start.spanAttributes }
  const { span, context } = startSpan(facts, spanAttributes, meta, start.trustTraceContext)
  const streams = facts.method === LISTEN && facts.side === 'server'
  const duration = facts.side === 'server' ? instruments.serverOperationDuration : instruments.clientOperationDuration
  let timer: NodeJS.Timeout | undefined
  let ended = false

  const operation: RunningOperation = {
    method: message.method,
    context,
    startedAt,
    toolCall,
    version: start.version,
    failure: undefined,
    replied: false,
    end(ending, outcome) {
      if (ended) return
      ended = true
      clearTimeout(timer)
      const seconds = (performance.now() - startedAt) / 1000
      const attributes = operationAttributes(facts, ending, versionLabel(start.version()))
      if (facts.method !== LISTEN) duration.record(seconds, attributes as Record<string, string>, context)
      if (streams) instruments.activeSubscriptions.record(-1)
      if (toolCall !== undefined && outcome !== undefined) toolCall.end(outcome, seconds, context)
      endSpan(span, ending, attributes, operation.failure)
      start.onEnd?.()
    },
  }
  if (streams) instruments.activeSubscriptions.record(1)
  if (start.deadlineMs !== undefined && facts.method !== LISTEN) {
    // Only closes the books: a late reply goes out as usual and finds nothing to count.
    timer = setTimeout(() => operation.end(TIMED_OUT, failed('timeout')), start.deadlineMs)
    timer.unref()
  }
  return operation
}
