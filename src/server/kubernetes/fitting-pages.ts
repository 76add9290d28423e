// Requests smaller list pages when an answer is too large, keeps that page size, and does not read earlier pages again.
import { AnswerTooLarge } from './cluster-error.ts'

interface FittingPages {
  /** Objects a page, just now. */
  readonly limit: number
  read<T>(list: (limit: number) => Promise<T>): Promise<T>
  /** Halves the pages. False if they are as small as they get. */
  shrink(): boolean
}

/** Initial page size, the same as kubectl's. */
export const PAGE = 500

/** @param smallest below which no page is asked for, whatever its size. */
export function fittingPages(smallest = 1): FittingPages {
  let limit = PAGE
  const shrink = () => {
    const half = Math.floor(limit / 2)
    if (half < smallest) return false
    limit = half
    return true
  }
  return {
    get limit() {
      return limit
    },
    async read(list) {
      for (;;) {
        try {
          return await list(limit)
        } catch (error) {
          if (!(error instanceof AnswerTooLarge) || !shrink()) throw error
        }
      }
    },
    shrink,
  }
}
