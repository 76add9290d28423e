// Truncates the free text in objects of the cluster before the program uses it.

/** Characters of a message or of a text in a status. The API bounds the object only, which can be 1.5 MB. */
export const MAX_TEXT = 4_096
/** No status that the API knows is this deep. */
const MAX_DEPTH = 12
/** Members that hold text for people, in events and in statuses of every kind. Specs stay: changes are made from them. */
const WRITTEN = ['message', 'reason', 'note', 'status', 'involvedObject', 'series', 'source'] as const

/**
 * Cuts each text in an object's status, and the texts of an event, to 4,096 characters. Changes the object in place and
 * returns it.
 *
 * @example boundText(event).message?.length // 4096 at most
 */
export function boundText<T>(object: T): T {
  if (typeof object !== 'object' || object === null) return object
  const members = object as Record<string, unknown>
  for (const member of WRITTEN) {
    const value = members[member]
    if (value !== undefined && value !== null) members[member] = cut(value, MAX_DEPTH)
  }
  return object
}

function cut(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length <= MAX_TEXT ? value : value.slice(0, MAX_TEXT).toWellFormed()
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth === 0) return undefined
  const members = value as Record<string, unknown>
  for (const name of Object.keys(members)) {
    const its = members[name]
    if (typeof its === 'string' ? its.length > MAX_TEXT : typeof its === 'object') members[name] = cut(its, depth - 1)
  }
  return value
}
