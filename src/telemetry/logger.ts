// What a program has to say in, one JSON line on stderr out, with the ids of the span it was said in; and the same record
// through OTel's logs API, for whoever has a logger provider registered.
import type { AnyValue, LogRecord } from '@opentelemetry/api'
import { logs, SeverityNumber, trace } from '@opentelemetry/api'
import type { DestinationStream, Logger } from 'pino'
import { destination, multistream, pino, stdTimeFunctions } from 'pino'
import { SCOPE } from '../catalog/scope.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly name?: string
  /** @default 'info' */
  readonly level?: string
  /** Where the lines go. @default stderr, written at once so that nothing is lost at exit */
  readonly destination?: DestinationStream
}

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
}

/**
 * A pino logger. Each line has `trace_id`, `span_id` and `trace_flags` of the active span, so that a line leads to its
 * trace and back. stdout is never written to.
 *
 * @example createLogger({ name: 'my-server' }).info({ port: 3000 }, 'listening')
 */
export function createLogger({ name, level = 'info', destination: given }: LoggerOptions = {}): Logger {
  const stderr = given ?? destination({ fd: 2, sync: true })
  return pino(
    {
      level,
      ...(name !== undefined && { name }),
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: spanIds,
    },
    multistream([
      { level: 'trace', stream: stderr },
      { level: 'trace', stream: { write: emit } },
    ]),
  )
}

function spanIds(): object {
  const span = trace.getActiveSpan()?.spanContext()
  if (span === undefined) return {}
  return { trace_id: span.traceId, span_id: span.spanId, trace_flags: `0${span.traceFlags.toString(16)}` }
}

/** Called within the call that logs, so that the active context is still the one it was said in. */
function emit(line: string): void {
  const { time, level, msg, name: _, trace_id, span_id, trace_flags, ...attributes } = JSON.parse(line)
  const record: LogRecord = {
    timestamp: new Date(time),
    severityText: level,
    severityNumber: SEVERITIES[level] ?? SeverityNumber.UNSPECIFIED,
    body: msg ?? '',
    attributes: attributes as Record<string, AnyValue>,
  }
  logs.getLogger(SCOPE.name, SCOPE.version).emit(record)
}
