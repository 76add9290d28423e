// Converts events of both API versions to one form, the latest first.
import type { CoreV1Event } from '@kubernetes/client-node'
import { number, text, time } from './field.ts'
import type { Evidence } from './finding.ts'

export interface EventView {
  readonly reason: string
  /** As sent: for rules to take facts from. Only `evidence` of it leaves, cleaned. */
  readonly message: string
  readonly count: number
  /** Milliseconds since 1970; 0 if the event has no time at all. */
  readonly last: number
  /** The same of when it was seen first. */
  readonly first: number
  /** The container that it is about, if it is about one. */
  readonly container: string
}

export function viewEvent(event: CoreV1Event): EventView {
  const { series } = event
  const began = [time(event.eventTime), time(event.firstTimestamp), time(event.metadata?.creationTimestamp)]
  const seen = [time(series?.lastObservedTime), time(event.lastTimestamp), ...began]
  const known = (times: typeof seen) => times.find((at) => at !== undefined) ?? 0
  return {
    reason: text(event.reason),
    message: text(event.message),
    count: Math.max(1, number(series?.count) ?? number(event.count) ?? 1),
    last: known(seen),
    first: known(began),
    container: /\{([^{}]+)\}$/.exec(text(event.involvedObject?.fieldPath))?.[1] ?? '',
  }
}

/** Total, so that the order in which the API lists them makes no difference. */
export function latestFirst(a: EventView, b: EventView): number {
  if (a.last !== b.last) return b.last - a.last
  const [left, right] = [a, b].map(({ reason, message, count, container }) =>
    [reason, message, container, count].join(' '),
  )
  return left === right ? 0 : (left ?? '') < (right ?? '') ? -1 : 1
}

/** An event as evidence. `quote` only what Kubernetes itself wrote: never output of a container. */
export function eventEvidence(event: EventView, { quote, of }: { quote: boolean; of?: string }): Evidence {
  return {
    ...(of !== undefined && { of }),
    field: `events[reason=${event.reason}].${quote ? 'message' : 'count'}`,
    value: quote ? event.message : event.count,
    count: event.count,
    ...(event.last > 0 && { last: new Date(event.last).toISOString() }),
  }
}
