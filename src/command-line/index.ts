// The command line that the programs of this repository share. Not part of the public API: it can change in any release.
export { helpText, optionTable } from './help.ts'
export type { Command, Option, OptionTable, OptionValues, Program } from './option.ts'
export type { TokensOfFile } from './option-values.ts'
export {
  exposedListenerFaults,
  inSeconds,
  isOneOf,
  isSwitch,
  listOf,
  nonEmpty,
  numberFrom,
  originText,
  portNumber,
  readableFile,
  tokenFile,
  tokensIn,
  urlText,
  weaknessOf,
  wholeFrom,
} from './option-values.ts'
export type { CommandLine, EnvironmentVariables } from './read-command-line.ts'
export { readCommandLine, withoutEmpty } from './read-command-line.ts'
export { REREAD_EVERY_MS, rereadTokens } from './reread-tokens.ts'
export { endOfProcess, print, runProgram, say, stopSignal } from './run-program.ts'
