// The command line that the programs of this repository share. Not part of the public API: it can change in any release.
export { helpText, optionTable } from './help.ts'
export type { Command, Option, OptionTable, OptionValues, Program } from './option.ts'
export {
  inSeconds,
  isOneOf,
  isSwitch,
  listOf,
  nonEmpty,
  numberFrom,
  originText,
  portNumber,
  tokensIn,
  urlText,
  wholeFrom,
} from './option-values.ts'
export type { CommandLine, EnvironmentVariables } from './read-command-line.ts'
export { readCommandLine } from './read-command-line.ts'
export { endOfProcess, print, runProgram, say, stopSignal } from './run-program.ts'
