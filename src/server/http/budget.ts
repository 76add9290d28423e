// Counts what is held for senders (bytes, requests, streams), in total and for each, so that all of it has a bound.

export interface Holding {
  /** Adds units. False if they do not fit: then nothing was added. */
  add(units: number): boolean
  /** Gives all of them back. */
  release(): void
}

export interface Budget {
  open(principal: string): Holding
}

interface BudgetOptions {
  readonly total: number
  /** What one principal can hold. A function, since tokens come and go. */
  readonly perPrincipal: () => number
}

/** @example createBudget({ total: 100, perPrincipal: () => 50 }).open('a').add(51) // false */
export function createBudget({ total, perPrincipal }: BudgetOptions): Budget {
  let held = 0
  const byPrincipal = new Map<string, number>()
  return {
    open(principal) {
      let own = 0
      const change = (units: number) => {
        own += units
        held += units
        const theirs = (byPrincipal.get(principal) ?? 0) + units
        if (theirs === 0) byPrincipal.delete(principal)
        else byPrincipal.set(principal, theirs)
      }
      return {
        add(units) {
          if (held + units > total || (byPrincipal.get(principal) ?? 0) + units > perPrincipal()) return false
          change(units)
          return true
        },
        release: () => change(-own),
      }
    },
  }
}
