// An operation's facts in, its span and context out, by the OpenTelemetry conventions for MCP: the parent comes from the
// message's `_meta`, since one connection carries the calls of many traces; what was active when the message came in (an
// HTTP server span) is linked. Nothing of the content is put on a span unless it was asked for by name.
import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api'
import { context, isSpanContextValid, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { isHeaderValue } from '../outcome/header-value.ts'
import { isRecord } from '../outcome/read-value.ts'
import { contextHeaders } from '../record/inject-context.ts'
import { hasTracer, tracer } from '../record/tracer.ts'
import { trust } from '../record/trust.ts'
import type { Ending, OperationFacts } from './operation.ts'
import { spanName } from './operation.ts'

/** Content that may be put on spans, each by name. All of it is off unless asked for: it may be anybody's secret. */
export type Captured = 'arguments' | 'result' | 'error_message' | 'session_id' | 'resource_uri' | 'prompt_variables'

export interface OperationSpan {
  readonly span: Span
  /** The context in which the operation's code runs. */
  readonly context: Context
}

/** Ids come from the other side: long ones are cut, since a span's attribute has no other bound. */
const MAX_ID_LENGTH = 128

/**
 * Whether a span would go anywhere, or a context be carried on. Where neither a tracer provider nor a propagator is registered, the
 * span of a call that nobody gets takes a tenth of a call.
 */
export function isTracing(): boolean {
  return hasTracer() || propagation.fields().length > 0
}

/**
 * Starts the span of an operation; `meta` is the `_meta` of a message that was received. A client whose context is not trusted gets
 * a link to its span, and neither chooses the trace nor whether it is sampled.
 */
export function startSpan(
  facts: OperationFacts,
  attributes: Attributes,
  meta?: unknown,
  trusted = trust().traceContext,
): OperationSpan {
  const ambient = context.active()
  const extracted = isRecord(meta) ? propagation.extract(ambient, meta, metaGetter) : ambient
  const parent = trusted ? extracted : withSpanOf(extracted, ambient)
  const ambientSpan = trace.getSpanContext(ambient)
  const parentSpan = trace.getSpanContext(parent)
  // The same span told twice, by `_meta` and by the process (a linked pair of transports), is a parent and no link.
  const remote = trusted ? undefined : trace.getSpanContext(extracted)
  const links = [ambientSpan, remote]
    .filter((linked) => linked !== undefined && isSpanContextValid(linked) && linked.spanId !== parentSpan?.spanId)
    .map((linked) => ({ context: linked as SpanContext }))
  const span = tracer().startSpan(
    spanName(facts),
    {
      kind: facts.side === 'server' ? SpanKind.SERVER : SpanKind.CLIENT,
      attributes,
      ...(links.length > 0 && { links }),
    },
    parent,
  )
  return { span, context: trace.setSpan(parent, span) }
}

/** The context with all that was extracted (baggage, for one), and with the span of `ambient`. */
function withSpanOf(extracted: Context, ambient: Context): Context {
  const span = trace.getSpan(ambient)
  return span === undefined ? trace.deleteSpan(extracted) : trace.setSpan(extracted, span)
}

/** Ends it. `message` is the error's text, given only where it was asked for. */
export function endSpan(span: Span, ending: Ending, attributes: Attributes, message?: string): void {
  if (span.isRecording()) {
    span.setAttributes(attributes)
    if (ending.errorType !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
    }
  }
  span.end()
}

/** The JSON-RPC id as the conventions want it on spans: text. */
export function requestIdAttribute(id: string | number): Record<string, string> {
  return { 'jsonrpc.request.id': String(id).slice(0, MAX_ID_LENGTH) }
}

/**
 * The message with the trace context in `params._meta`, as a copy, or the message itself where there is nothing to carry:
 * a server without tracing answers byte for byte as it would without us.
 */
export function injectContext<M extends object>(message: M, active: Context, host: string | undefined): M {
  const carrier = contextHeaders(active, host)
  if (Object.keys(carrier).length === 0) return message
  const { params } = message as { params?: unknown }
  if (Array.isArray(params)) return message // JSON-RPC's positional parameters have no place for it.
  const own = isRecord(params) ? params : {}
  const meta = isRecord(own['_meta']) ? own['_meta'] : {}
  return { ...message, params: { ...own, _meta: { ...meta, ...carrier } } }
}

const metaGetter = {
  keys: (carrier: Record<string, unknown>) => Object.keys(carrier),
  get(carrier: Record<string, unknown>, key: string): string | undefined {
    const value = carrier[key]
    // A value that no header can carry would break the tool's own requests.
    return typeof value === 'string' && isHeaderValue(value) ? value : undefined
  },
}
