// OpenTelemetry's own diagnostics, to stderr and nowhere else: on stdio stdout belongs to the MCP messages, and OTel's
// console logger writes info and debug there.
import type { DiagLogFunction } from '@opentelemetry/api'
import { DiagLogLevel, diag } from '@opentelemetry/api'

const LEVELS: Readonly<Record<string, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
}

/** The same line is not written again within this time: a Collector that is down says so at every export. */
const QUIET_MS = 60_000
const MAX_REMEMBERED = 200

/** Writes what OpenTelemetry has to say to stderr, at the level of `OTEL_LOG_LEVEL` (default `warn`). Returns the undo. */
export function installDiagnostics(
  level: string | undefined,
  write: (line: string) => void = writeToStderr,
): () => void {
  const lastWritten = new Map<string, number>()
  const log = (name: string): DiagLogFunction => {
    return (message, ...details) => {
      const line = `mcp-vitals telemetry ${name}: ${message}${details.map((detail) => ` ${describe(detail)}`).join('')}`
      const now = performance.now()
      if (now - (lastWritten.get(line) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return
      if (lastWritten.size >= MAX_REMEMBERED) lastWritten.clear()
      lastWritten.set(line, now)
      write(`${line}\n`)
    }
  }
  diag.setLogger(
    { error: log('error'), warn: log('warning'), info: log('info'), debug: log('debug'), verbose: log('verbose') },
    { logLevel: LEVELS[level?.trim().toLowerCase() ?? ''] ?? DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  return () => diag.disable()
}

function writeToStderr(line: string): void {
  try {
    process.stderr.write(line)
  } catch {
    // Nobody reads stderr any more.
  }
}

/** One line, without a stack: where it happened in OpenTelemetry's code helps nobody on call. */
function describe(detail: unknown): string {
  try {
    const text = detail instanceof Error ? `${detail.name}: ${detail.message}` : String(detail)
    return text.replaceAll(/\s+/g, ' ').slice(0, 500)
  } catch {
    return ''
  }
}
