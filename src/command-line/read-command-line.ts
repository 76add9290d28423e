// Reads a command line and the environment into one checked value. Every fault is reported at once.
import { parseArgs } from 'node:util'
import type { Option, OptionTable, Program } from './option.ts'

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>

export type CommandLine<P extends Program = Program> =
  | { readonly wants: 'help'; readonly command: (keyof P['commands'] & string) | undefined }
  | { readonly wants: 'version' }
  | {
      readonly wants: 'run'
      readonly command: keyof P['commands'] & string
      /** The parsed value of each option; an option with a fault has none. */
      readonly values: Readonly<Record<string, unknown>>
      readonly faults: readonly string[]
      /** One sentence for each variable that has no effect. */
      readonly warnings: readonly string[]
    }

/**
 * Reads `argv` (without the program's own name) and `env`. A flag takes precedence over its variable; an empty variable
 * counts as not set.
 *
 * @example readCommandLine(PROGRAM, ['traffic', '--rate', '5'], {})
 */
export function readCommandLine<P extends Program>(
  program: P,
  argv: readonly string[],
  env: EnvironmentVariables,
): CommandLine<P> {
  const [first] = argv
  const named = first !== undefined && !first.startsWith('-')
  const command = named ? first : program.defaultCommand
  if (command === undefined && argv.some((arg) => /^(--help|-h)$/.test(arg))) return { wants: 'help', command }
  if (command === undefined && argv.includes('--version')) return { wants: 'version' }
  const found = command === undefined ? undefined : commandOf(program, command)
  if (found === undefined) return notACommand(program, command)

  const { texts, wants, faults } = parseArguments(named ? argv.slice(1) : argv, found.options)
  if (wants.has('help')) return { wants: 'help', command: named ? command : undefined }
  if (wants.has('version')) return { wants: 'version' }
  const warnings = unknownVariables(program, env)
  const values: Record<string, unknown> = {}
  for (const [key, option] of Object.entries<Option<unknown>>(found.options)) {
    const { text, from } = textOf(option, texts, env, warnings)
    try {
      values[key] = option.parse(text)
    } catch (error) {
      faults.push(`${from}: ${(error as Error).message}`)
    }
  }
  return { wants: 'run', command: command as keyof P['commands'] & string, values, faults, warnings }
}

function commandOf({ commands }: Program, name: string) {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

function notACommand({ name, commands, moved = {} }: Program, given: string | undefined): CommandLine<never> {
  const known = Object.keys(commands).join(', ')
  const owner = given !== undefined && Object.hasOwn(moved, given) ? moved[given] : undefined
  const fault =
    owner === undefined
      ? `${given === undefined ? 'a command is required' : `"${given}" is not a command`} (${known}); see ${name} --help`
      : `"${given}" is a command of ${owner}: run "${owner} ${given}"`
  return { wants: 'run', command: '' as never, values: {}, faults: [fault], warnings: [] }
}

/**
 * Not `parseArgs` in its strict mode, which stops at the first fault; nor its own idea of which options take a value, which
 * would read `--deadline --port=1` as a deadline of "--port=1".
 */
function parseArguments(argv: readonly string[], options: OptionTable) {
  const byFlag = new Map(Object.values(options).map((option) => [option.flag, option]))
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, options: { help: HELP } })
  const faults: string[] = []
  const texts = new Map<string, string>()
  const wants = new Set<string>()
  tokens.forEach((token, position) => {
    if (token.kind === 'positional') {
      const before = tokens[position - 1]
      const isValue = before?.kind === 'option' && before.value === undefined && takesValue(byFlag, before.name)
      if (!isValue) faults.push(`"${token.value}" is not expected here`)
    }
    if (token.kind !== 'option') return
    const after = tokens[position + 1]
    const value = token.value ?? (after?.kind === 'positional' ? after.value : undefined)
    const option = byFlag.get(token.name)
    if (token.name === 'help' || token.name === 'version') wants.add(token.name)
    else if (option === undefined) {
      faults.push(`${token.rawName}: unknown option${suggestion(token.name, [...byFlag.keys()], '--')}`)
    } else if (option.placeholder === undefined) texts.set(token.name, token.value ?? 'true')
    else if (value === undefined) faults.push(`${token.rawName}: needs a value`)
    else texts.set(token.name, value)
  })
  return { texts, wants, faults }
}

const HELP = { type: 'boolean', short: 'h' } as const

/** The word after an unknown option is likely to be its value: one fault is enough. */
function takesValue(byFlag: ReadonlyMap<string, Option<unknown>>, flag: string): boolean {
  const option = byFlag.get(flag)
  return option === undefined ? flag !== 'help' && flag !== 'version' : option.placeholder !== undefined
}

function textOf(
  option: Option<unknown>,
  texts: ReadonlyMap<string, string>,
  env: EnvironmentVariables,
  warnings: string[],
) {
  const flagged = texts.get(option.flag)
  if (flagged !== undefined) return { text: flagged, from: `--${option.flag}` }
  const variable = env[option.env]?.trim()
  // Kubernetes sets NAME_PORT to such a URL for each Service called NAME: a Service called mcp-vitals sets MCP_VITALS_PORT.
  if (option.env.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(variable ?? '')) {
    warnings.push(`${option.env}: "${variable}" comes from a Kubernetes Service and is ignored (enableServiceLinks)`)
  } else if (variable) {
    return { text: variable, from: option.env }
  }
  return { text: option.fallback, from: `--${option.flag}` }
}

/** Only a warning: another version of the program, or a Kubernetes Service of its name, may have set them. */
function unknownVariables(program: Program, env: EnvironmentVariables): string[] {
  const { commands, variablePrefix, otherVariables = [] } = program
  const prefixes = [variablePrefix].flat()
  const known: string[] = [...otherVariables]
  for (const { options } of Object.values(commands)) known.push(...Object.values(options).map((option) => option.env))
  return Object.keys(env)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !known.includes(name))
    .filter((name) => !/^MCP_VITALS_(SERVICE_|PORT_\d)/.test(name))
    .map((name) => `${name}: unknown variable${suggestion(name, known, '')}`)
}

function suggestion(wrong: string, right: readonly string[], prefix: string): string {
  const near = right.find((name) => distance(wrong, name) <= 2)
  return near === undefined ? '' : `; did you mean ${prefix}${near}?`
}

/** Levenshtein distance: how many letters differ. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The variables that have a value: an empty one counts as unset. */
export function withoutEmpty(env: EnvironmentVariables): EnvironmentVariables {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
}
