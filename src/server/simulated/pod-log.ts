// Serves the log of a simulated container, truncated as the query requests.
import { wholeNumber } from './list-objects.ts'
import type { Stored } from './served-resources.ts'
import { StatusError } from './status-error.ts'

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
}

/** What a container has written, oldest first; undefined if that container has not run. */
export type ReadLog = (pod: Stored<'pods'>, container: string, previous: boolean) => readonly LogLine[] | undefined

export function podLog(pod: Stored<'pods'>, query: URLSearchParams, read: ReadLog, now: number): string {
  const container = containerOf(pod, query.get('container') ?? '')
  const previous = query.get('previous') === 'true'
  const written = read(pod, container, previous)
  if (written === undefined) throw notStarted(pod, container, previous)
  const timestamps = query.get('timestamps') === 'true'
  const since = wholeNumber(query, 'sinceSeconds')
  const recent = since === 0 ? written : written.filter(({ at }) => at >= now - since * 1_000)
  const tail = query.get('tailLines')
  const lines =
    tail === null || tail === ''
      ? recent
      : recent.slice(recent.length - Math.min(wholeNumber(query, 'tailLines'), recent.length))
  const text = lines
    .map(({ at, text: line }) => `${timestamps ? `${new Date(at).toISOString()} ` : ''}${line}\n`)
    .join('')
  const limit = wholeNumber(query, 'limitBytes')
  return limit === 0 ? text : Buffer.from(text).subarray(0, limit).toString('utf8')
}

function containerOf({ spec, metadata }: Stored<'pods'>, asked: string): string {
  const names = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name)
  if (asked !== '') {
    if (names.includes(asked)) return asked
    throw new StatusError('BadRequest', `container ${asked} is not valid for pod ${metadata.name}`)
  }
  const [only, ...others] = (spec?.containers ?? []).map(({ name }) => name)
  if (only !== undefined && others.length === 0) return only
  throw new StatusError(
    'BadRequest',
    `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`,
  )
}

function notStarted(pod: Stored<'pods'>, container: string, previous: boolean): StatusError {
  const { name } = pod.metadata
  if (previous) {
    return new StatusError('BadRequest', `previous terminated container "${container}" in pod "${name}" not found`)
  }
  const state = pod.status?.containerStatuses?.find((status) => status.name === container)?.state?.waiting
  const reason = state?.message ?? state?.reason ?? 'ContainerCreating'
  return new StatusError('BadRequest', `container "${container}" in pod "${name}" is waiting to start: ${reason}`)
}
