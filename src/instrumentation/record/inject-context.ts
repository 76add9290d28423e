// Writes the trace context for an outgoing call. Baggage, which a client chose, goes only to hosts that are named.
import type { Context } from '@opentelemetry/api'
import { propagation } from '@opentelemetry/api'
import { isHeaderValue } from '../outcome/header-value.ts'
import { trust } from './trust.ts'

/**
 * The context as `traceparent`, `tracestate` and the like; empty where nothing is traced. `host` is where the call goes; undefined for a
 * call that stays on this machine.
 */
export function contextHeaders(active: Context, host: string | undefined): Record<string, string> {
  const carrier: Record<string, string> = {}
  propagation.inject(mayHaveBaggage(host) ? active : propagation.deleteBaggage(active), carrier)
  for (const [name, value] of Object.entries(carrier)) if (!isHeaderValue(value)) delete carrier[name]
  return carrier
}

function mayHaveBaggage(host: string | undefined): boolean {
  const { baggageHosts } = trust()
  return host === undefined || baggageHosts.has('*') || baggageHosts.has(host.toLowerCase())
}
