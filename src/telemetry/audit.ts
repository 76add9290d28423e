// Writes audit records: to OpenTelemetry's logs where they are exported, to a file that rotates, else as JSON lines on stderr.
import { appendFileSync, renameSync, statSync } from 'node:fs'
import type { AuditRecord } from '@mcp-vitals/instrumentation'
import { SCOPE, setAudit } from '@mcp-vitals/instrumentation'
import { diag, logs, SeverityNumber } from '@opentelemetry/api'
import type { TelemetrySettings } from './configuration/environment.ts'

/** Then the file is renamed to `.1`, and an older one by one further. */
const MAX_FILE_BYTES = 10 * 1_048_576
const MAX_FILES = 5

/** Starts what the settings ask for; returns the stop. */
export function startAudit({ audit, logs: exported }: Pick<TelemetrySettings, 'audit' | 'logs'>): () => void {
  if (audit.level === 'off') return () => {}
  const file = audit.file === undefined ? undefined : createAuditFile(audit.file)
  const writeLine = file ?? (exported ? undefined : (line: string) => process.stderr.write(line))
  setAudit(audit.level, (record) => {
    writeLine?.(lineOf(record))
    if (!exported) return
    logs.getLogger(SCOPE.name, SCOPE.version).emit({
      eventName: record.event,
      severityNumber: SeverityNumber.INFO,
      severityText: 'info',
      attributes: record.attributes,
      context: record.context,
    })
  })
  return () => setAudit()
}

function lineOf({ event, attributes, traceId }: AuditRecord): string {
  const named = { time: new Date().toISOString(), event, ...attributes, ...(traceId && { trace_id: traceId }) }
  return `${JSON.stringify(named)}\n`
}

/**
 * Appends lines at once: a record that waits in memory is lost with the process. Only its owner can read the file; where it cannot be
 * written, one line says so and the server goes on.
 */
export function createAuditFile(path: string, maxBytes = MAX_FILE_BYTES): (line: string) => void {
  let bytes = sizeOf(path)
  let failed = false
  return (line) => {
    try {
      const length = Buffer.byteLength(line)
      if (bytes > 0 && bytes + length > maxBytes) {
        rotate(path)
        bytes = 0
      }
      appendFileSync(path, line, { mode: 0o600 })
      bytes += length
      failed = false
    } catch (error) {
      if (!failed) diag.error(`audit records cannot be written to ${path}`, error)
      failed = true
    }
  }
}

function rotate(path: string): void {
  for (let number = MAX_FILES - 1; number >= 1; number -= 1) {
    const from = number === 1 ? path : `${path}.${number - 1}`
    if (sizeOf(from) > 0) renameSync(from, `${path}.${number}`)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
