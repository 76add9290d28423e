// What a program has to say in, one JSON line on stderr out, with the ids of the span it was said in; and the same record
// through OTel's logs API, for whoever has a logger provider registered.

import { SCOPE } from '@mcp-vitals/instrumentation'
import type { Attributes, LogRecord } from '@opentelemetry/api'
import { diag, logs, SeverityNumber, trace } from '@opentelemetry/api'
import type { DestinationStream } from 'pino'
import { isWatched, watchLine } from '../page/in-process/watched-signals.ts'
import commonjs from './push/commonjs.cjs'

/** Writes one line: a message, or details and a message. Details must not hold content of calls. */
export interface LogMethod {
  (message: string): void
  (details: object, message?: string): void
}

/** What `telemetry.logger` offers. */
export interface Logger {
  /** The lowest level that is written: trace, debug, info, warn, error, fatal or silent. */
  level: string
  readonly trace: LogMethod
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
  readonly fatal: LogMethod
  /** A logger whose lines have these details as well. */
  child(details: Readonly<Record<string, unknown>>): Logger
}

interface LoggerOptions {
  readonly name?: string
  /** @default 'info' */
  readonly level?: string
  /** Where the lines go. @default stderr */
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

/** Fields that hold what a client or a server sent, at the top and one level below. */
const CONTENT = ['headers', 'rawHeaders', 'authorization', 'cookie', 'arguments', 'params', 'body', 'token', 'password']

/** Bytes that wait for a reader of stderr; beyond them lines are dropped, so that a full pipe never stops the server. */
const MAX_WAITING = 1_048_576

const MAX_ATTRIBUTES = 32
const MAX_TEXT = 1_024

/**
 * A pino logger. Each line has `trace_id`, `span_id` and `trace_flags` of the active span, so that a line leads to its
 * trace and back. Fields named like content (`headers`, `arguments`, `params`, `body` …) are left out. stdout is never
 * written to; what was logged before an exit is written.
 *
 * @example createLogger({ name: 'my-server' }).info({ port: 3000 }, 'listening')
 */
export function createLogger({ name, level = 'info', destination: given }: LoggerOptions = {}): Logger {
  const lines = given ?? sharedStderr()
  const stream = {
    write(line: string) {
      lines.write(line)
      emit(line)
    },
  }
  const { pino, stdTimeFunctions } = commonjs.pino()
  return pino(
    {
      level,
      base: name === undefined ? null : { name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: spanIds,
      serializers: { err: describeError },
      redact: { paths: CONTENT.flatMap((field) => [field, `*.${field}`]), remove: true },
    },
    stream,
  )
}

let stderr: DestinationStream | undefined

/** One for all loggers, so that their lines do not mix. pino writes what waits when the process exits. */
function sharedStderr(): DestinationStream {
  stderr ??= commonjs.pino().destination({ fd: 2, sync: false, maxLength: MAX_WAITING })
  return stderr
}

function spanIds(): object {
  const span = trace.getActiveSpan()?.spanContext()
  if (span === undefined) return {}
  const flags = span.traceFlags.toString(16).padStart(2, '0')
  return { trace_id: span.traceId, span_id: span.spanId, trace_flags: flags }
}

/** An error of an HTTP client carries the request with its headers: only what every error has is taken. */
function describeError(error: unknown): object {
  try {
    if (!(error instanceof Error)) return { type: typeof error }
    const { name, message, stack } = error
    const { code } = error as NodeJS.ErrnoException
    return { type: name, message, stack, ...(typeof code === 'string' && { code }) }
  } catch {
    // Its getters throw.
    return { type: 'Error' }
  }
}

/** Called within the call that logs, so that the active context is still the one it was said in. */
function emit(line: string): void {
  const logger = logs.getLogger(SCOPE.name, SCOPE.version)
  const isEnabled = logger.enabled()
  // Nothing is parsed that nobody gets.
  if (!isEnabled && !isWatched()) return
  try {
    const record = recordOf(line)
    if (isEnabled) logger.emit(record)
    else showOnPage(record)
  } catch (error) {
    diag.debug('a line was not handed on as a log record', error)
  }
}

function showOnPage({ timestamp, severityText = '', body }: LogRecord): void {
  const spanContext = trace.getActiveSpan()?.spanContext()
  watchLine({ spanContext, at: Number(timestamp), severity: severityText, text: String(body) })
}

function recordOf(line: string): LogRecord {
  const { time, level, msg, name: _, trace_id, span_id, trace_flags, err, ...fields } = JSON.parse(line)
  return {
    timestamp: new Date(time),
    severityText: level,
    severityNumber: SEVERITIES[level] ?? SeverityNumber.UNSPECIFIED,
    body: typeof msg === 'string' ? msg.slice(0, MAX_TEXT) : '',
    attributes: attributesOf({
      ...(err && { 'exception.type': err.type, 'exception.message': err.message, 'exception.stacktrace': err.stack }),
      ...fields,
    }),
  }
}

/** The record is the line again, after its serializers and without its content: what is not on stderr is not sent. */
function attributesOf(fields: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {}
  for (const [key, value] of Object.entries(fields).slice(0, MAX_ATTRIBUTES)) {
    if (value === undefined || value === null) continue
    if (typeof value === 'number' || typeof value === 'boolean') attributes[key] = value
    else attributes[key] = (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MAX_TEXT)
  }
  return attributes
}
