// Declares the commands and options of a program as data. Parsing, `--help` and the reference tables derive from it.

export interface Option<T> {
  /** Without the dashes. */
  readonly flag: string
  readonly env: `MCP_VITALS_${string}`
  /** The value's name in `--help`; a switch has none. */
  readonly placeholder?: string
  /** The default as a user would write it; empty means none. */
  readonly fallback: string
  readonly about: string
  /** Throws an `Error` whose message completes the sentence "--flag: …". */
  readonly parse: (text: string) => T
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>
export type OptionValues<O extends OptionTable> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never
}

export interface Command {
  readonly about: string
  readonly options: OptionTable
  /** What follows its options, as `--help` shows it. */
  readonly operands?: string
}

export interface Program {
  readonly name: string
  readonly commands: Readonly<Record<string, Command>>
  /** The command that runs when none is named; without it, a command is required. */
  readonly defaultCommand?: string
  /** Commands that another program has, by the name of that program. */
  readonly moved?: Readonly<Record<string, string>>
  /** Unknown variables that start with this are reported: they are likely to be misspelled. */
  readonly variablePrefix: string | readonly string[]
  /** Variables with that prefix that other parts of the program read. */
  readonly otherVariables?: readonly string[]
}
