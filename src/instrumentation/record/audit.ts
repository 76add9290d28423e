// Audit records: who did what and how it ended, without content. Where they go is for the telemetry to say.
import { createHash } from 'node:crypto'
import type { Context } from '@opentelemetry/api'
import { context, trace } from '@opentelemetry/api'

/** `changes`: remediation and refused credentials; `all`: each tool call as well. */
export type AuditLevel = 'off' | 'changes' | 'all'

export interface AuditRecord {
  readonly event: 'mcp.audit.tool_call' | 'mcp.audit.remediation' | 'mcp.audit.credential_refused'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly traceId: string | undefined
  readonly context: Context
}

type Sink = (record: AuditRecord) => void

let level: AuditLevel = 'off'
let sink: Sink | undefined

/** Sends records of `given` to `to`; without arguments there are none. */
export function setAudit(given: AuditLevel = 'off', to?: Sink): void {
  level = to === undefined ? 'off' : given
  sink = to
}

/** Whether each tool call is recorded. */
export function auditsCalls(): boolean {
  return level === 'all'
}

/** Ids and tokens are somebody's secret: 64 bits of their hash tell principals apart. */
export function hashed(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16)
}

interface AuditedCall {
  readonly tool: string
  readonly status: string
  readonly errorType?: string | undefined
  readonly seconds: number
  readonly client: string
  /** The id of who is authenticated; it is hashed. */
  readonly principal: string | undefined
}

export function auditCall({ tool, status, errorType, seconds, client, principal }: AuditedCall, active: Context): void {
  emit('mcp.audit.tool_call', active, {
    'tool.name': tool,
    status,
    'error.type': errorType,
    'duration.seconds': seconds,
    'client.name': client,
    'principal.hash': principal === undefined ? undefined : hashed(principal),
  })
}

/** What a step of a remediation was about. */
export interface AuditedChange {
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name: string
  /** The confirmation of the plan; it is hashed, since it is what allows the change. */
  readonly confirmation?: string | undefined
}

export function auditRemediation(action: string, outcome: string, change: AuditedChange | undefined): void {
  emit('mcp.audit.remediation', context.active(), {
    action,
    outcome,
    'target.kind': change?.kind,
    'target.namespace': change?.namespace,
    'target.name': change?.name,
    'plan.hash': change?.confirmation === undefined ? undefined : hashed(change.confirmation),
  })
}

/**
 * Records that an address sent missing or wrong credentials, `count` times since it was recorded last: call it at most once a minute
 * for each address.
 *
 * @example auditRefusedCredentials('203.0.113.7', 12)
 */
export function auditRefusedCredentials(address: string, count: number): void {
  emit('mcp.audit.credential_refused', context.active(), { 'client.address': address, count })
}

type Values = Readonly<Record<string, string | number | undefined>>

function emit(event: AuditRecord['event'], active: Context, values: Values): void {
  if (sink === undefined || level === 'off' || (event === 'mcp.audit.tool_call' && level !== 'all')) return
  const attributes: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(values)) if (value !== undefined) attributes[key] = value
  try {
    sink({ event, attributes, traceId: trace.getSpanContext(active)?.traceId, context: active })
  } catch {
    // A record that cannot be written stops no call.
  }
}
