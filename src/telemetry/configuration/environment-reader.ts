// Environment variables in, typed values out, with what is wrong collected on the way: faults end the start, warnings do not.

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface EnvironmentReader {
  readonly faults: string[]
  readonly warnings: string[]
  /** Notes a warning, if it is not noted yet. */
  warn(warning: string): void
  /** The value without blanks around it; an empty one counts as unset (OpenTelemetry, "Parsing empty value"). */
  text(name: string): string | undefined
  /** Comma-separated. */
  list(name: string): string[]
  flag(name: string, ordinary: boolean): boolean
  /** Above 0. */
  milliseconds(name: string, ordinary: number): number
  port(name: string, ordinary: number): number
  /** The first of the variables that is set, if it is one of `choices`. */
  choice<C extends string>(names: readonly string[], choices: readonly C[], ordinary: C): C
}

export function readVariables(env: Environment): EnvironmentReader {
  const faults: string[] = []
  const warnings: string[] = []
  // A common variable is read for each signal: one warning is enough.
  const warn = (warning: string) => {
    if (!warnings.includes(warning)) warnings.push(warning)
  }
  const text = (name: string) => {
    const value = env[name]?.trim()
    return value === '' ? undefined : value
  }
  return {
    faults,
    warnings,
    warn,
    text,
    list: (name) =>
      (text(name) ?? '')
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    flag(name, ordinary) {
      const value = text(name)?.toLowerCase()
      if (value === undefined) return ordinary
      if (value === 'true' || value === 'false') return value === 'true'
      warn(`${name}: "${value}" is neither true nor false; ${ordinary} is used`)
      return ordinary
    },
    milliseconds(name, ordinary) {
      const value = text(name)
      if (value === undefined) return ordinary
      const number = Number(value)
      // Node's timers take a longer delay for 1 ms.
      if (Number.isFinite(number) && number > 0 && number < 2 ** 31) return number
      warn(`${name}: "${value}" is no number of milliseconds; ${ordinary} is used`)
      return ordinary
    },
    port(name, ordinary) {
      const value = text(name)
      if (value === undefined) return ordinary
      if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
      faults.push(`${name}: "${value}" is no port; it is 0 (any free one) to 65535`)
      return ordinary
    },
    choice(names, choices, ordinary) {
      const name = names.find((candidate) => text(candidate) !== undefined)
      if (name === undefined) return ordinary
      const value = text(name) as string
      const found = choices.find((candidate) => candidate === value.toLowerCase())
      if (found !== undefined) return found
      warn(`${name}: "${value}" is not one of ${choices.join(', ')}; ${ordinary} is used`)
      return ordinary
    },
  }
}
