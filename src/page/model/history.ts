// The last 15 minutes of one server as the steps that browsers are sent, within a bound of bytes. The oldest step goes first.

export const HISTORY_SECONDS = 900
/** UTF-16 code units of JSON; a string of them takes as many bytes, as all but names is ASCII. */
export const HISTORY_BYTES = 4 * 1024 * 1024

interface KeptStep {
  readonly at: number
  readonly json: string
}

export interface History {
  /** Adds a step; `at` is in milliseconds since the epoch. */
  add(at: number, json: string): void
  /** JSON of all steps, oldest first. */
  json(): string
  readonly bytes: number
}

export function createHistory(most = HISTORY_BYTES): History {
  let steps: KeptStep[] = []
  let bytes = 0
  return {
    add(at, json) {
      steps.push({ at, json })
      bytes += json.length
      let gone = 0
      while (bytes > most || (steps[gone]?.at ?? at) < at - HISTORY_SECONDS * 1_000) {
        bytes -= steps[gone]?.json.length ?? 0
        gone += 1
      }
      if (gone > 0) steps = steps.slice(gone)
    },
    json: () => `[${steps.map(({ json }) => json).join(',')}]`,
    get bytes() {
      return bytes
    },
  }
}
