// Pages through several lists of the cluster as if they were one list, with an optional filter and a cursor.
import { createHash } from 'node:crypto'
import { ToolError } from 'mcp-vitals'
import type { Page } from '../../kubernetes/cluster-api.ts'

/** One list of the API: a kind in a namespace, or in all. */
export type Segment<T> = (continueFrom: string | undefined, pageSize: number) => Promise<Page<T>>

interface Position {
  /** Which segment. */
  readonly s: number
  /** The API's own continue token. */
  readonly c?: string
  /** The number of objects of that page that were already returned. */
  readonly o: number
}

interface PageRequest<T> {
  readonly segments: readonly Segment<T>[]
  readonly limit: number
  readonly cursor: string | undefined
  /** The other arguments; a cursor is valid only for them. */
  readonly query: unknown
  readonly keep?: ((item: T) => boolean) | undefined
}

const FILTERED_PAGE = 500
/** The maximum number of pages to read for one answer; a filter may need several. */
const MOST_PAGES = 10

export async function pageThrough<T>({ segments, limit, cursor, query, keep }: PageRequest<T>) {
  const fingerprint = createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12)
  let at = cursor === undefined ? { s: 0, o: 0 } : readCursor(cursor, fingerprint, segments.length)
  const items: T[] = []
  const answer = (next: Position | undefined) => ({
    items,
    ...(next !== undefined && { nextCursor: writeCursor(next, fingerprint) }),
  })
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const segment = segments[at.s]
    if (segment === undefined) return answer(undefined)
    const page = await segment(at.c, keep === undefined ? limit : FILTERED_PAGE)
    for (let index = at.o; index < page.items.length; index++) {
      const item = page.items[index] as T
      if (items.length === limit) return answer({ ...at, o: index })
      if (keep === undefined || keep(item)) items.push(item)
    }
    const next = after(at, page.continueFrom, segments.length)
    if (next === undefined || items.length === limit) return answer(next)
    at = next
  }
  return answer(at)
}

function after({ s }: Position, continueFrom: string | undefined, segments: number): Position | undefined {
  if (continueFrom !== undefined) return { s, c: continueFrom, o: 0 }
  return s + 1 < segments ? { s: s + 1, o: 0 } : undefined
}

export function writeCursor(position: Position, fingerprint: string): string {
  return Buffer.from(JSON.stringify([fingerprint, position.s, position.o, position.c ?? ''])).toString('base64url')
}

export function readCursor(cursor: string, fingerprint: string, segments: number): Position {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(read) && read.length === 4 && read[0] === fingerprint) {
      const [, s, o, c] = read as [string, unknown, unknown, unknown]
      if (isIndex(s, segments) && isIndex(o, 100_000) && typeof c === 'string') return { s, o, ...(c !== '' && { c }) }
    }
  } catch {
    // Reported below.
  }
  throw new ToolError(
    'validation_error',
    'The cursor does not match the other arguments. Use next_cursor unchanged with the same arguments, or omit it.',
  )
}

function isIndex(value: unknown, below: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < below
}
