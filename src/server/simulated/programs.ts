// Declares how the simulated images behave. The state of a pod follows from its template and its program, so a good template
// fixes it and a bad one breaks it again.

export interface SimulatedProgram {
  /** Why it cannot be pulled. */
  readonly pull?: 'not found' | 'unauthorized'
  /** What it needs, in Mi. With a lower limit it is killed at once, each time. */
  readonly memory?: number
  /** Once, after so many seconds, it needs this much, in Mi. */
  readonly peak?: { readonly memory: number; readonly afterSeconds: number }
  /** It ends with this code after so many seconds. */
  readonly exits?: { readonly code: number; readonly afterSeconds: number }
  /** What its readiness probe says. It never becomes ready. */
  readonly unready?: string
  /** Lines of a run, over and over while it lives. */
  readonly log?: readonly string[]
  /** The last lines of a run that ends. */
  readonly lastWords?: readonly string[]
}

/** By image reference. What is not here cannot be pulled, as in any registry. */
export type Programs = Readonly<Record<string, SimulatedProgram>>

export function programOf(programs: Programs, image: string | undefined): SimulatedProgram {
  return (image !== undefined && Object.hasOwn(programs, image) ? programs[image] : undefined) ?? { pull: 'not found' }
}

interface Crashes {
  /** How often it has ended so far. */
  readonly count: number
  /** Seconds from its first start to its last end. */
  readonly lastEnd: number
  /** Seconds from its first start to the start of the run that ended last. */
  readonly lastStart: number
}

const FIRST_WAIT = 10
const LONGEST_WAIT = 300

/** What has come of a program that ends after `run` seconds each time, `age` seconds after its first start. */
export function crashesBy(age: number, run: number): Crashes {
  let start = 0
  let wait = FIRST_WAIT
  let crashes: Crashes = { count: 0, lastEnd: 0, lastStart: 0 }
  for (let count = 1; start + run <= age; count++) {
    crashes = { count, lastStart: start, lastEnd: start + run }
    start += run + wait
    wait = Math.min(wait * 2, LONGEST_WAIT)
  }
  return crashes
}

/** Text such as `128Mi`, `500m` or `2` as a number: bytes, or cores. */
export function quantity(text: string | number | undefined): number {
  if (typeof text === 'number') return text
  const [, number, unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(text ?? '') ?? []
  return Number(number ?? 0) * (UNITS[unit] ?? 1)
}

const UNITS: Readonly<Record<string, number>> = {
  m: 0.001,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
}
