// OpenTelemetry's own diagnostics, to stderr and nowhere else: on stdio stdout belongs to the MCP messages, and OTel's
// console logger writes info and debug there.
import { Console } from 'node:console'
import type { DiagLogFunction } from '@opentelemetry/api'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { repeatsExportError } from './push/export-error.ts'

const LEVELS: Readonly<Record<string, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
}

/** A line is written this often within a minute; what differs in its figures only is the same line. */
const BURST = 3
const WINDOW_MS = 60_000
const MAX_REMEMBERED = 200
const MAX_LINE = 1_000

let installed = 0

/**
 * Writes what OpenTelemetry has to say to stderr, at the level of `OTEL_LOG_LEVEL` (default `warn`), a line each, and no
 * line over and over. Takes the place of a diagnostics logger that is there. Returns the undo, which leaves one that was
 * installed later alone.
 */
export function installDiagnostics(
  level: string | undefined,
  write: (line: string) => void = writeToStderr,
  now: () => number = () => performance.now(),
): () => void {
  const allowed = rateLimit(now)
  const log = (name: string): DiagLogFunction => {
    return (...parts: unknown[]) => {
      const line = withAdvice(`mcp-vitals telemetry ${name}: ${parts.map(describe).join(' ')}`).slice(0, MAX_LINE)
      if (!repeatsExportError(line) && allowed(line.replaceAll(/\d+/g, '0'))) write(`${line}\n`)
    }
  }
  diag.setLogger(
    { error: log('error'), warn: log('warning'), info: log('info'), debug: log('debug'), verbose: log('verbose') },
    { logLevel: LEVELS[level?.trim().toLowerCase() ?? ''] ?? DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  installed += 1
  const own = installed
  return () => {
    if (own === installed) diag.disable()
  }
}

/** Two SDKs in one process: OpenTelemetry names the clash, and not what to do. */
function withAdvice(line: string): string {
  const [clash] = /Attempted duplicate registration of API: \w+|Registration of version \S+ for \w+/.exec(line) ?? []
  return clash === undefined
    ? line
    : `mcp-vitals: an OpenTelemetry SDK was refused after startTelemetry (${clash}); an application with an SDK of its own leaves startTelemetry out and only instruments`
}

function rateLimit(now: () => number): (line: string) => boolean {
  const windows = new Map<string, { since: number; written: number }>()
  return (line) => {
    const current = windows.get(line)
    if (current !== undefined && now() - current.since < WINDOW_MS) {
      current.written += 1
      return current.written <= BURST
    }
    if (windows.size >= MAX_REMEMBERED) windows.clear()
    windows.set(line, { since: now(), written: 1 })
    return true
  }
}

/** A console does not throw, or let the process die, when nobody reads stderr any more. */
function writeToStderr(line: string): void {
  stderr ??= new Console(process.stderr)
  stderr.error(line.trimEnd())
}

let stderr: Console | undefined

/** One line, without a stack: where it happened in OpenTelemetry's code helps nobody on call. */
function describe(detail: unknown): string {
  try {
    const text = detail instanceof Error ? `${detail.name}: ${detail.message}` : textOf(detail)
    return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  } catch {
    return ''
  }
}

/** OTel's error handler gives an error as JSON, with its stack. */
function textOf(detail: unknown): string {
  const text = String(detail)
  if (!text.startsWith('{"stack":')) return text
  const { name, message } = JSON.parse(text) as { name?: unknown; message?: unknown }
  return `${String(name)}: ${String(message)}`
}
